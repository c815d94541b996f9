// How each kind of SentencePiece model splits normalized text into tokens.
import { Heap } from "./heap.js";
import { NORMAL, UNUSED, USER_DEFINED } from "./sentencepiece_model.js";
import { after, Trie } from "./trie.js";

/** @typedef {import("./sentencepiece_model.js").Piece} Piece */
/** @typedef {[string, number]} Token a part of the text, and its ID */

/**
 * @typedef {object} Vocabulary
 * @property {Piece[]} pieces by ID
 * @property {number} unknown ID of the unknown token
 * @property {Map<string, number>} normal IDs of the tokens that text may have: normal, user-defined and unused ones
 * @property {(text: string) => number} id ID of a token that text may have, the unknown one's for others
 * @property {Trie<number>} symbols user-defined tokens
 */

// What an unknown character is less probable than the least probable token, as a logarithm.
const UNKNOWN_PENALTY = 10;

/**
 * Returns the function that splits text, for a kind of model.
 *
 * @param {string} kind `unigram`, `bpe`, `word` or `char`
 * @param {Vocabulary} vocabulary
 * @returns {(text: string) => Token[]}
 */
export function splitter(kind, vocabulary) {
  return { unigram, bpe, word, char }[kind](vocabulary);
}

/** The most probable tokens (Viterbi). Sums are float32 as in SentencePiece, so that ties break alike: the first wins. */
function unigram({ pieces, unknown, normal }) {
  const known = pieces.filter((piece) => piece.type === NORMAL).map((piece) => piece.score);
  // A user-defined token costs next to nothing: it is always taken.
  const scores = Float32Array.from(pieces, ({ score, type }) => (type === USER_DEFINED ? -0.1 : score));
  scores[unknown] = Math.min(...known) - UNKNOWN_PENALTY;
  const trie = new Trie([...normal].filter(([, id]) => pieces[id].type !== UNUSED));

  return (text) => {
    const best = new Float32Array(text.length + 1);
    const starts = new Int32Array(text.length + 1).fill(-1);
    const ids = new Int32Array(text.length + 1);

    function offer(start, end, id) {
      const score = Math.fround(best[start] + scores[id]);
      if (starts[end] < 0 || score > best[end]) {
        best[end] = score;
        starts[end] = start;
        ids[end] = id;
      }
    }

    for (let start = 0, next; start < text.length; start = next) {
      next = after(text, start);
      let single = false;
      for (const [end, id] of trie.matches(text, start)) {
        offer(start, end, id);
        single ||= end === next;
      }
      if (!single) {
        offer(start, next, unknown);
      }
    }
    const found = [];
    for (let end = text.length; end > 0; end = starts[end]) {
      found.push([text.slice(starts[end], end), ids[end]]);
    }
    return found.reverse();
  };
}

/** Joins the two neighbours whose token was learned first, again and again (Sennrich et al. 2016). */
function bpe({ pieces, unknown, normal, id, symbols }) {
  return (text) => {
    const parts = characters(text, symbols);
    const [previous, following] = [parts.map((_, place) => place - 1), parts.map((_, place) => place + 1)];
    const queue = new Heap((one, other) => one.score > other.score || (one.score === other.score && one.left < other.left));
    // Unused tokens are split again into the two that they were joined from.
    const joined = new Map();

    function offer(left, right) {
      if (left < 0 || right >= parts.length || parts[left].frozen || parts[right].frozen) {
        return;
      }
      const both = parts[left].text + parts[right].text;
      const found = normal.get(both);
      if (found === undefined) {
        return;
      }
      queue.push({ left, right, score: pieces[found].score, length: both.length });
      if (pieces[found].type === UNUSED) {
        joined.set(both, [parts[left].text, parts[right].text]);
      }
    }

    function split(part) {
      const found = id(part);
      if (pieces[found].type !== UNUSED) {
        return [[part, found]];
      }
      return joined.get(part)?.flatMap(split) ?? [[part, unknown]];
    }

    for (let place = 1; place < parts.length; place++) {
      offer(place - 1, place);
    }
    for (let pair = queue.pop(); pair; pair = queue.pop()) {
      const [left, right] = [parts[pair.left], parts[pair.right]];
      // One of both may have been joined with another neighbour since.
      if (!left.text || !right.text || left.text.length + right.text.length !== pair.length) {
        continue;
      }
      left.text += right.text;
      right.text = "";
      following[pair.left] = following[pair.right];
      if (following[pair.left] < parts.length) {
        previous[following[pair.left]] = pair.left;
      }
      offer(previous[pair.left], pair.left);
      offer(pair.left, following[pair.left]);
    }
    return parts.filter((part) => part.text).flatMap((part) => split(part.text));
  };
}

/** A word begins at each space. */
function word({ id }) {
  return (text) => (text ? text.split(/(?=▁)/).map((part) => [part, id(part)]) : []);
}

function char({ id, symbols }) {
  return (text) => characters(text, symbols).map((part) => [part.text, id(part.text)]);
}

/** The characters of a text; a user-defined token is one, and is frozen. */
function characters(text, symbols) {
  const found = [];
  for (let start = 0, end; start < text.length; start = end) {
    end = symbols.longest(text, start);
    const frozen = end > start;
    end = frozen ? end : after(text, start);
    found.push({ text: text.slice(start, end), frozen });
  }
  return found;
}
