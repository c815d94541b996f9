// Spans of a text that are not translated: the rules of edge/spans.py in Python. Tests hold both to tests/edge/spans.json.
import { SPACES, strip } from "./characters.js";
import { isUnspaced } from "./unspaced.js";

/**
 * @typedef {object} Span a span of a text that is not translated
 * @property {number} start
 * @property {number} end
 * @property {string} kind for example `number` or `url`
 */

/** Unicode says that no text for exchange contains these characters. */
export const RESERVED = Array.from({ length: 32 }, (_, place) => String.fromCodePoint(0xfdd0 + place));

const SYMBOL = `${RESERVED[0]}-${RESERVED.at(-1)}`;
const URL = "[!#-;=?-_a-~À-ɏ]";
const NAME = "[A-Za-z_][A-Za-z0-9_]{0,60}";
const PATH = "[A-Za-z0-9._@%+~\\-]{1,255}";
const ENDINGS =
  "7z aac apk avi bak bat bin bmp bz2 cfg conf cpp css csv dat db deb dll doc docx dmg eml env epub exe flac gif go gz " +
  "htm html ico ics ini ipynb iso jar java jpeg jpg js json jsx key log lock lua m4a md mjs mkv mov mp3 mp4 mpeg mpg " +
  "msi odp ods odt ogg otf pdf php png po ppt pptx ps psd py rar rb rs rst rtf sh sql srt svg swift tar tex tflite tgz " +
  "tif tiff toml ts tsv tsx ttf txt vtt wasm wav webm webp whl woff woff2 xls xlsx xml yaml yml zip";
const DOMAINS =
  "com org net edu gov int info biz app dev io tv eu es mx cl uk ca au nz ie fr de at ch pt br nl dk fi pl cz sk hu " +
  "ro bg gr ru ua il cn jp kr tw hk sg vn za";
const SYMBOL_UNITS = "km cm mm kg mg ml cl dl dm kB MB GB TB Hz kHz MHz GHz kW kWh dB ft lb";
const DIGIT = "[0-9٠-٩۰-۹]";
const THIN = " \u00a0\u2009\u202f";
const PICTURE = "\u{1f000}-\u{1faff}\u2600-\u27bf\u231a-\u23ff\u2b05-\u2b55";

const any = (words) =>
  words
    .split(" ")
    .sort((one, other) => other.length - one.length)
    .join("|");
const pattern = (source) => new RegExp(source, "yu");

/**
 * As in Python: pattern; whether it stands alone; whether punctuation at its end belongs to the sentence.
 *
 * @type {[string, RegExp, boolean, boolean?][]}
 */
const KINDS = [
  ["symbol", pattern(`[${SYMBOL}]`), false],
  ["code", pattern("```[^`]+```|``[^\\n`]+(?:`[^\\n`]+)*``|`[^\\n`]+`"), false],
  ["tag", pattern("</?(?:[0-9]{1,4}|[A-Za-z][A-Za-z0-9\\-]{0,30})/?>"), false],
  [
    "placeholder",
    pattern(
      `[$#%@]?(?:\\{\\{\\{[^\\{\\}\\n]{1,100}\\}\\}\\}|\\{\\{[^\\{\\}\\n]{1,100}\\}\\}|\\{[^\\{\\}${SPACES}]{0,100}\\})`,
    ),
    false,
  ],
  ["url", pattern(`(?:[A-Za-z][A-Za-z0-9+.\\-]{0,20}://|www\\.|mailto:)${URL}+`), true, true],
  ["mail", pattern("[A-Za-z0-9][A-Za-z0-9._%+\\-]{0,63}@[A-Za-z0-9\\-]{1,63}(?:\\.[A-Za-z0-9\\-]{1,63}){1,8}"), true],
  [
    "format",
    pattern(
      `%(?:[0-9]{1,2}\\$|\\(${NAME}\\))?[\\-+#0]{0,3}[0-9]{0,3}(?:\\.[0-9]{1,3})?` +
        `(?:hh|h|ll|l|L|q|j|z|t)?[diouxXeEfFgGcCsSpaA@]|%${NAME}%`,
    ),
    true,
  ],
  ["variable", pattern(`\\$${NAME}`), true],
  ["name", pattern(":[a-z+_\\-][a-z0-9+_\\-]{0,60}:"), true],
  ["handle", pattern("@[A-Za-z0-9_]{2,60}"), true],
  [
    "path",
    pattern(`(?:(?:~|\\.{1,2})(?:/${PATH})+|(?:/${PATH}){2,})/?|[A-Za-z]:(?:\\\\${PATH})+\\\\?`),
    true,
    true,
  ],
  [
    "file",
    pattern(
      `(?:[A-Za-z0-9_.\\-]{1,64}/){0,16}[A-Za-z0-9_\\-][A-Za-z0-9_.\\-]{0,100}\\.(?:${any(ENDINGS)})(?![A-Za-z0-9_])`,
    ),
    true,
  ],
  ["domain", pattern(`(?:[A-Za-z0-9\\-]{1,63}\\.){1,8}(?:${any(DOMAINS)})(?![A-Za-z0-9_])(?:/${URL}*)?`), true, true],
  [
    "identifier",
    pattern("_{0,2}[A-Za-z0-9]{1,60}(?:_{1,2}[A-Za-z0-9]{1,60}){1,10}_{0,2}|__[A-Za-z0-9]{1,60}__"),
    true,
  ],
  ["colour", pattern("#[0-9A-Fa-f]{6}"), true],
  ["version", pattern("[vV][0-9]{1,5}(?:\\.[0-9]{1,5}){1,4}"), true],
  [
    "number",
    pattern(
      "(?=[0-9.\\/:\\-]{0,60}[A-Z])(?=[A-Z.\\/:\\-]{0,60}[0-9])[A-Z0-9]{1,20}(?:[\\-.\\/:][A-Z0-9]{1,20}){0,8}",
    ),
    true,
  ],
  [
    "number",
    pattern(
      "(?:[+−±#\\-]?(?:[A-Z]{0,2}\\$|[€£¥₹₽₴])?[+−\\-]?)" +
        `(?:${DIGIT}{1,3}(?:[${THIN}]${DIGIT}{3})+(?!${DIGIT})|${DIGIT}+)(?:[.,:\\/'’x×–\\-]${DIGIT}+)*`,
    ),
    true,
  ],
  [
    "emoji",
    pattern(
      `[0-9#*]\\ufe0f?\\u20e3|[\\u00a9\\u00ae\\u203c-\\u3299]\\ufe0f|` +
        `[${PICTURE}][${PICTURE}\\ufe0f\\u200d\\u{e0020}-\\u{e007f}]*`,
    ),
    false,
  ],
];

const UNIT = pattern(
  `[${THIN}]?(?:%{1,2}|‰|°[CF]?|[€$£¥₹₽₴]|(?:${any(SYMBOL_UNITS)})(?:[²³]|/[hs])?)` +
    "|[kKMmgGlhAVWTxX][²³]?|px|pt|em|ms|Mbps|rpm",
);
const TRIGGER = new RegExp(
  `[0-9٠-٩۰-۹\`<\\{%$@\\\\_${SYMBOL}\\u20e3\\ufe0f${PICTURE}]|[:.\\/#+\\-][A-Za-z0-9\\/+_\\-]`,
  "u",
);
const CHUNK = new RegExp(`[^${SPACES}]+`, "gu");
const SPACE = new RegExp(`^[${SPACES}]`, "u");
const CONTINUING = /[\p{L}\p{M}\p{N}_]/u;
const AFTER = ".,;:!?'\"’*";
const BRACKETS = { ")": "(", "]": "[", "}": "{" };
const PARTING = ":;—–-";
const FINAL = ".!?…。！？";

/**
 * Returns the spans of a text that are not translated, from its start to its end; none overlap.
 *
 * @param {string} text
 * @returns {Span[]}
 */
export function findSpans(text) {
  const found = [];
  let end = 0;
  for (const { 0: chunk, index } of text.matchAll(CHUNK)) {
    if (!TRIGGER.test(chunk)) {
      continue;
    }
    let place = Math.max(end, index);
    while (place < index + chunk.length) {
      const span = spanAt(text, place);
      if (span) {
        found.push(span);
      }
      place = end = span ? span.end : place + (text.codePointAt(place) > 0xffff ? 2 : 1);
    }
  }
  return found;
}

/**
 * Returns where a text begins and ends without the spans that punctuation separates from it: the first ones before a
 * colon and a space, and emoji at both ends.
 *
 * @param {string} text
 * @param {Span[]} spans
 * @returns {[number, number]}
 */
export function ownText(text, spans) {
  let [start, end] = [0, text.length];
  for (const span of spans) {
    if (strip(text.slice(start, span.start))) {
      break;
    }
    const behind = text.slice(span.end, span.end + 2);
    if (behind && PARTING.includes(behind[0]) && SPACE.test(behind.slice(1))) {
      start = span.end + 1;
    } else if (span.kind === "emoji" && SPACE.test(behind)) {
      start = span.end;
    } else {
      break;
    }
    start += text.slice(start).length - text.slice(start).trimStart().length;
  }
  for (const span of spans.toReversed()) {
    if (span.kind !== "emoji" || span.start <= start || strip(text.slice(span.end, end))) {
      break;
    }
    end = span.start;
  }
  const last = strip(text.slice(0, end)).at(-1);
  return [start, last && FINAL.includes(last) ? end : text.length];
}

/** Returns whether a character continues a word; in scripts without spaces none does. */
export function continues(character) {
  return Boolean(character) && CONTINUING.test(character) && (character === "_" || !isUnspaced(character));
}

function spanAt(text, start) {
  const inside = continues(Array.from(text.slice(Math.max(0, start - 2), start)).at(-1));
  for (const [kind, rule, alone, trims] of KINDS) {
    if (inside && alone) {
      continue;
    }
    rule.lastIndex = start;
    const match = rule.exec(text);
    if (!match) {
      continue;
    }
    let end = trims ? trimmed(text, start, rule.lastIndex) : rule.lastIndex;
    if (kind === "number") {
      end = withUnit(text, end);
    }
    if (alone && continues(characterAt(text, end))) {
      continue;
    }
    if (kind === "number" && /^\.[ºª]/u.test(text.slice(end, end + 2))) {
      continue;
    }
    return { start, end, kind };
  }
  return null;
}

function characterAt(text, place) {
  const code = text.codePointAt(place);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function withUnit(text, end) {
  UNIT.lastIndex = end;
  return UNIT.test(text) && !continues(characterAt(text, UNIT.lastIndex)) ? UNIT.lastIndex : end;
}

function trimmed(text, start, last) {
  let end = last;
  const count = (character) => text.slice(start, end).split(character).length - 1;
  while (end > start + 1) {
    const character = text[end - 1];
    const opening = BRACKETS[character];
    if (!AFTER.includes(character) && (!opening || count(opening) >= count(character))) {
      break;
    }
    end -= 1;
  }
  return end;
}
