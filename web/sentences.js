// Sentence splitting for long texts, with the rules of edge/sentences.py.
import { caseFolded, SPACES, strip } from "./characters.js";

/** @typedef {[string, string]} TextSegment a segment of a text, and the white space after it */
/** @typedef {(text: string) => boolean} Fits whether a segment is short enough */

// Where a text may be split, the better places first: lines, sentences, clauses, words.
const LINES = new RegExp(`(?<![${SPACES}])[${SPACES}]*\\n[${SPACES}]*`, "gu");
const CLAUSES = new RegExp(`(?<=[,;:—–،؛])[${SPACES}]+|(?<=[，；：、])`, "gu");
const WORDS = new RegExp(`[${SPACES}]+`, "gu");

// What closes the speech or the brackets in which a sentence ends, and what may stand before the first word of the next.
const CLOSING = `["'»”’)\\]›」』）]`;
const OPENING = new Set("\"'«“”‘([{¿¡„‚‹「『（—–-*•");

// The full stops of some scripts need no white space after them.
const ENDS = new RegExp(
  `(?<marks>[.!?…؟۔։‼⁇⁈⁉‽။។៕]+)${CLOSING}*(?<gap>[${SPACES}]+)` +
    `|[。！？｡।॥።፧]+(?:${CLOSING}*(?<wide>[${SPACES}]+)|(?!${CLOSING}|[。！？｡।॥።፧]))`,
  "gu",
);

const LETTER = `[^${SPACES}\\p{Nd}!-/:-@\\[-\`\\{-~¡-©«-¹»-¿‐-⁯、-〿।॥]`;
const WORD = new RegExp(`(?<![\\p{L}\\p{N}_])(?:${LETTER}+|\\p{Nd}+)$`, "u");
const LONGEST_WORD = 24;
const TITLES = new Set(["Dr", "Dra", "Mr", "Mrs", "Ms", "Prof", "Sr", "Sra", "Srta", "St", "Ud", "Uds", "Vd", "Vds"]);
// A line that begins with a number of one or two digits and a full stop is an item of a list, or several.
const ITEM = new RegExp(`^[${SPACES}]*[(\\[]?\\p{Nd}{1,2}\\.[${SPACES}]`, "u");
// Stands for all small numbers in a list of abbreviations.
const NUMBER = "0";

/**
 * Splits a text at line ends and sentences; segments that are still too long also at clauses, words or anywhere.
 *
 * @param {string} text
 * @param {Fits} fits true for a single character, and for each prefix of a text that fits
 * @param {Set<string>} abbreviations words whose full stop ends no sentence, case-folded, without it
 * @returns {TextSegment[]} together they are the text
 */
export function splitSentences(text, fits, abbreviations) {
  const body = strip(text);
  const start = text.indexOf(body);
  const lines = broken([body, text.slice(start + body.length)], body.matchAll(LINES));
  const parts = [...lines].flatMap((line) => sentences(line, abbreviations, true));
  const found = parts.flatMap((part) => fitting(part, fits, abbreviations));
  return start ? [["", text.slice(0, start)], ...found] : found;
}

/** Returns the sentences of a line; if not careful, also where the next one begins with a lower-case letter. */
function sentences(line, abbreviations, careful) {
  return [...broken(line, ends(line[0], abbreviations, careful))];
}

function* ends(text, abbreviations, careful) {
  const isList = ITEM.test(text);
  for (const match of text.matchAll(ENDS)) {
    const gap = match.groups.gap ?? match.groups.wide ?? "";
    const end = match.index + match[0].length;
    if (match.groups.marks === "." && isAbbreviated(text, match.index, abbreviations, isList)) {
      continue;
    }
    const following = firstLetter(text, end);
    if (/^\p{Nd}/u.test(following) || (careful && /^\p{Lowercase}/u.test(following))) {
      continue;
    }
    yield { index: end - gap.length, 0: gap };
  }
}

/** Returns whether the full stop at a place belongs to the word before it. */
function isAbbreviated(text, stop, abbreviations, isList) {
  const before = Array.from(text.slice(Math.max(0, stop - 2 * LONGEST_WORD), stop)).slice(-LONGEST_WORD).join("");
  const word = WORD.exec(before)?.[0];
  if (word === undefined) {
    return false;
  }
  const characters = Array.from(word);
  if (/^\p{Nd}+$/u.test(word)) {
    return characters.length <= 2 && (isList || abbreviations.has(NUMBER));
  }
  const isDoubled = characters.length === 2 && characters[0] === characters[1] && /^\p{Uppercase}/u.test(word);
  const isInitial = characters.length === 1 && /\p{L}/u.test(word);
  return isInitial || isDoubled || TITLES.has(word) || abbreviations.has(caseFolded(word));
}

/** Returns the first character of a sentence, without what opens it; empty at the text's end. */
function firstLetter(text, start) {
  let place = start;
  while (OPENING.has(text[place])) {
    place += 1;
  }
  return place < text.length ? String.fromCodePoint(text.codePointAt(place)) : "";
}

function fitting(part, fits, abbreviations) {
  if (fits(part[0])) {
    return [part];
  }
  return sentences(part, abbreviations, false).flatMap((sentence) => {
    if (fits(sentence[0])) {
      return [sentence];
    }
    const clauses = [...broken(sentence, sentence[0].matchAll(CLAUSES))];
    return clauses.flatMap((clause) => (fits(clause[0]) ? [clause] : packed(clause, fits)));
  });
}

/** Returns as many words together as fit; of a word that does not fit, its halves. */
function packed([text, gap], fits) {
  const places = [...Array.from(text.matchAll(WORDS), ({ index, 0: space }) => [index, index + space.length])];
  places.push([text.length, text.length]);
  const found = [];
  for (let start = 0, first = 0; first < places.length; first++) {
    const begin = start;
    first = last(first, places.length, (place) => fits(text.slice(begin, places[place][0])));
    const [end, next] = places[first];
    start = next;
    found.push(...halves([text.slice(begin, end), first + 1 < places.length ? text.slice(end, next) : gap], fits));
  }
  return found;
}

/** Returns the last place that is good, of those between; the first one in any case. It searches near that one first. */
function last(first, end, good) {
  let step = 1;
  while (first + step < end && good(first + step)) {
    first += step;
    step *= 2;
  }
  end = Math.min(end, first + step);
  while (end - first > 1) {
    const middle = (first + end) >> 1;
    if (good(middle)) {
      first = middle;
    } else {
      end = middle;
    }
  }
  return first;
}

function halves([text, gap], fits) {
  if (fits(text)) {
    return [[text, gap]];
  }
  const characters = Array.from(text);
  const middle = characters.length >> 1;
  return [
    ...halves([characters.slice(0, middle).join(""), ""], fits),
    ...halves([characters.slice(middle).join(""), gap], fits),
  ];
}

/** Splits a segment at matches of white space; the last one keeps the white space after the segment. */
function* broken([text, gap], matches) {
  let start = 0;
  for (const { index, 0: space } of matches) {
    if (start < index && index + space.length < text.length) {
      yield /** @type {TextSegment} */ ([text.slice(start, index), space]);
      start = index + space.length;
    }
  }
  yield /** @type {TextSegment} */ ([text.slice(start), gap]);
}
