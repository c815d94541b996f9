// Places of tokens in a text, as `token_spans` of edge/word_units.py finds them.
import { strip } from "./characters.js";
import { SPACE } from "./normalizer.js";

// Characters that may stand between the place of a token and the one before it.
const GAP = 24;

/**
 * Finds tokens in a text; one that is not there as it is stands between its neighbours.
 *
 * @param {string} text that was tokenized, or that tokens were decoded to
 * @param {string[]} tokens without EOS; a space is `▁`
 * @returns {[number, number][]}
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
  /** @type {[number, number][]} */
  const spans = [];
  for (const { start, end } of found.reverse()) {
    spans.unshift([start, end ?? following]);
    following = end === null ? following : start;
  }
  return spans;
}
