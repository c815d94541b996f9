// Words of a sentence and of its translation, with the attention between them: as edge/word_units.py has it.
import { SPACES, strip } from "./characters.js";
import { SPACE } from "./normalizer.js";
import { isUnspaced } from "./unspaced.js";

/** @typedef {[number, number]} Span */

// Characters that may stand between the place of a token and the one before it.
const GAP = 24;
const WORDS = new RegExp(`[^${SPACES}]+`, "gu");
const IS_SPACE = new RegExp(`^[${SPACES}]`, "u");
const LETTERS = /[\p{L}\p{M}\p{N}]/gu;

/**
 * Returns the words of a text and the punctuation around them.
 *
 * @param {string} text
 * @param {Span[]} tokens its tokens: where no spaces stand between words, tokens count as words
 * @returns {Span[]}
 */
export function wordUnits(text, tokens) {
  const places = new Set(tokens.filter(([start]) => isUnspaced(text.slice(start))).flat());
  for (const { 0: word, index } of text.matchAll(WORDS)) {
    const letters = Array.from(word.matchAll(LETTERS), ({ 0: letter, index }) => [index, index + letter.length]);
    const end = word.length;
    const [first, last] = letters.length ? [letters[0][0], letters[letters.length - 1][1]] : [end, end];
    [0, first, last, end].forEach((place) => places.add(index + place));
  }
  const ends = [...places].sort((one, other) => one - other);
  return ends
    .slice(1)
    .map((end, place) => /** @type {Span} */ ([ends[place], end]))
    .filter(([start]) => !IS_SPACE.test(text.slice(start)));
}

/** Returns how many letters, marks of letters and numbers a text has. */
export function countLetters(text) {
  return text.match(LETTERS)?.length ?? 0;
}

/**
 * Finds tokens in a text; one that is not there as it is stands between its neighbours.
 *
 * @param {string} text that was tokenized, or that tokens were decoded to
 * @param {string[]} tokens without EOS; a space is `▁`
 * @returns {Span[]}
 */
export function tokenSpans(text, tokens) {
  let place = 0;
  const found = tokens.map((token) => {
    const piece = strip(token.replaceAll(SPACE, " "));
    const start = piece ? text.slice(0, place + piece.length + GAP).indexOf(piece, place) : place;
    const span = start < 0 ? { start: place, end: null } : { start, end: start + piece.length };
    place = span.end ?? place;
    return span;
  });
  let following = text.length;
  /** @type {Span[]} */
  const spans = [];
  for (const { start, end } of found.reverse()) {
    spans.unshift([start, end ?? following]);
    following = end === null ? following : start;
  }
  return spans;
}

/**
 * Returns the attention between words, rounded to single precision as Python's is.
 *
 * @param {ArrayLike<number>[] | null} attention a row per target token, a weight per source token; null: a word belongs
 *   to the one at the same place of the sentence
 * @param {[Span[], Span[]]} read the source's tokens and its words, in characters
 * @param {[Span[], Span[]]} written those of the translation
 * @returns {number[][]} a row per target word, a weight per source word
 */
export function unitAttention(attention, read, written) {
  if (!attention) {
    const [rows, columns] = [written[1].length, read[1].length].map((size) =>
      Array.from({ length: size }, (_, place) => /** @type {Span} */ ([place / size, (place + 1) / size])),
    );
    return overlaps(rows, columns).map((row) => row.map((weight) => Math.fround(weight * rows.length)));
  }
  const shares = overlaps(read[0], read[1]).slice(0, attention[0]?.length ?? 0).map(parts);
  const means = overlaps(written[1], written[0]).map((row) => parts(row.slice(0, attention.length)));
  return product(product(means, attention, shares.length), shares, read[1].length);
}

/** Returns how much of each span the others have. */
function overlaps(one, other) {
  const [rows, columns] = [one, other].map((spans) => spans.map((span) => span.map(Math.fround)));
  return rows.map(([start, end]) =>
    columns.map(([first, last]) => Math.max(0, Math.fround(Math.min(end, last) - Math.max(start, first)))),
  );
}

/** Returns lengths as parts of their sum. */
function parts(row) {
  const sum = row.reduce((all, each) => all + each, 0);
  return row.map((each) => Math.fround(each / Math.max(1, sum)));
}

/** Returns the product of two matrices, the second one with this many columns. */
function product(one, other, columns) {
  return one.map((row) =>
    Array.from({ length: columns }, (_, column) =>
      row.reduce((sum, weight, place) => Math.fround(sum + weight * other[place][column]), 0),
    ),
  );
}
