// Text that the model is not asked for: there is nothing to see in it, or nothing that could be translated.
import { strip } from "./characters.js";
import { isFeature } from "./features.js";
import { EOS, wellFormed } from "./tokenizer.js";

/** @typedef {import("./tokenizer.js").Tokenizer} Tokenizer */

// Characters without ink, first and last of each range: those of `INVISIBLE` in edge/verbatim.py.
export const INVISIBLE = [
  [0x0000, 0x0020],
  [0x007f, 0x00a0],
  [0x00ad, 0x00ad],
  [0x034f, 0x034f],
  [0x061c, 0x061c],
  [0x115f, 0x1160],
  [0x1680, 0x1680],
  [0x17b4, 0x17b5],
  [0x180b, 0x180f],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x206f],
  [0x2800, 0x2800],
  [0x3000, 0x3000],
  [0x3164, 0x3164],
  [0xfe00, 0xfe0f],
  [0xfeff, 0xfeff],
  [0xffa0, 0xffa0],
  [0xfff0, 0xfffb],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

const RANGES = INVISIBLE.map(([first, last]) => `\\u{${first.toString(16)}}-\\u{${last.toString(16)}}`);
const BLANK = new RegExp(`^[${RANGES.join("")}]*$`, "u");
const LETTER = /\p{L}/u;

/** Returns whether a text is empty or has only invisible characters. */
export function isBlank(text) {
  return BLANK.test(text);
}

/**
 * Returns the translation of a text that is not for the model, null for all others.
 *
 * @param {string} source the text, with its features if it has any
 * @param {number[]} tokens its IDs, EOS included
 * @param {Tokenizer} tokenizer of the source language
 * @param {boolean} letterless the model also translates text without a letter
 * @returns {string | null} the empty text where there is nothing to see, the text itself where no letter is known
 */
export function verbatim(source, tokens, tokenizer, letterless) {
  const [text] = tokenizer.split(source);
  if (isBlank(text) || tokens.length <= 1) {
    return "";
  }
  if ((letterless || LETTER.test(text)) && tokens.some((token) => tells(tokenizer, token, letterless))) {
    return null;
  }
  return wellFormed(strip(text));
}

/** Returns whether a token says something of a text: it has a letter or, for a letterless model, any character. */
function tells(tokenizer, token, letterless) {
  const spelled = tokenizer.token(token);
  if (token <= EOS || isFeature(spelled)) {
    return false;
  }
  const spelling = spelled.replace(/^▁+|▁+$/g, "");
  return letterless ? spelling !== "" : LETTER.test(spelling);
}
