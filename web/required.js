// Beam search for translations with required phrases, as edge/search/required.py has it.
import { allowed, candidates, extended, hypothesis, lengthPenalty, logNormalizer } from "./search.js";
import { BOS, EOS } from "./tokenizer.js";

/** @typedef {import("./search.js").Hypothesis} Hypothesis */

/**
 * @typedef {object} Required what a translation must have
 * @property {number[][]} phrases target tokens of each
 * @property {number[][]} places positions of the source that each phrase is the translation of
 * @property {Set<number>} single tokens that come as often as in the phrases, and no further time
 * @property {number[]} continuing tokens that continue a word: they do not come right after a phrase
 */

// Attention below this, or above one minus this, does not count as more certain.
const CERTAIN = 1e-3;

/**
 * Searches for the translations of a sentence that have all phrases.
 *
 * @param {import("./step.js").EncodedSentence} sentence
 * @param {number} limit tokens after which a translation ends in any case
 * @param {{beam: number, nBest: number, least?: number, repeats?: number[]}} options
 * @param {Required} required
 * @returns {Promise<Hypothesis[]>} the best first; none if there are none
 */
export async function requiredSearch(sentence, limit, { beam, nBest, least = 0, repeats = [] }, required) {
  const most = required.phrases.reduce((sum, phrase) => sum + phrase.length, 0);
  const start = { before: null, token: BOS, logProbability: 0, attention: null, sum: 0, length: 0 };
  let rows = [{ ...start, states: sentence.states, left: required.phrases, tail: /** @type {number[]} */ ([]) }];
  /** @type {Hypothesis[]} */
  let finished = [];
  const finish = (path) => {
    finished.push(hypothesis(path));
    finished.sort((one, other) => other.score - one.score);
    finished = finished.slice(0, nBest);
  };
  const isDecided = () => {
    const best = Math.max(...rows.map((row) => row.sum)) / lengthPenalty(limit);
    return !rows.length || (finished.length === nBest && finished[nBest - 1].score >= best);
  };
  for (let length = 1; length <= limit && !isDecided(); length++) {
    const stepped = [];
    for (const row of rows) {
      const found = await sentence.step(row.token, row.states);
      const scores = allowed(found.logits, row, least, repeats, (tokens) => barred(tokens, required));
      stepped.push({ ...found, scores: guided(scores, found.attention, row, required) });
    }
    const normalizers = stepped.map(({ logits }) => logNormalizer(logits));
    const asked = new Map();
    const ask = (row, token) => {
      const total = stepped[row].scores[token] - normalizers[row] + rows[row].sum;
      asked.set(`${row} ${token}`, { row, token, total });
    };
    // Beside what is most probable: what each row says next, and what brings it nearer.
    candidates(rows, stepped, 2 * beam).forEach(({ row, token }) => ask(row, token));
    rows.forEach((row, place) => {
      ask(place, largest(stepped[place].scores));
      row.left.forEach((phrase) => ask(place, phrase[begun(row, phrase)]));
    });
    const possible = [...asked.values()]
      .map((each) => ({ ...each, progress: advanced(rows[each.row], each.token) }))
      .filter(({ row, token, total, progress }) => {
        const isOpen = token === EOS && missing(rows[row]) > 0;
        return total > -Infinity && missing(progress) <= limit - length && !isOpen;
      })
      .sort((one, other) => other.total - one.total || one.row - other.row || one.token - other.token);
    const extend = ({ row, token, total, progress }) => ({
      ...extended(rows[row], token, stepped[row]),
      sum: total,
      ...progress,
    });
    possible.filter(({ token }) => token === EOS).forEach((each) => finish(extend(each)));
    const going = possible.filter(({ token }) => token !== EOS);
    const met = going.map(({ progress }) => most - missing(progress));
    rows = allocated(met, most, beam).map((place) => extend(going[place]));
    if (length === limit) {
      rows.forEach(finish);
    }
  }
  return finished;
}

/** Returns how many tokens are still to come: of one phrase the hypothesis may have the beginning. */
function missing({ left, tail }) {
  const longest = Math.max(0, ...left.map((phrase) => begun({ tail }, phrase)));
  return left.reduce((sum, phrase) => sum + phrase.length, 0) - longest;
}

/** Returns how many of the last tokens are the beginning of a phrase. */
function begun({ tail }, phrase) {
  for (let length = Math.min(phrase.length - 1, tail.length); length > 0; length--) {
    if (same(tail.slice(-length), phrase.slice(0, length))) {
      return length;
    }
  }
  return 0;
}

/** Returns how far a hypothesis is with one token more. */
function advanced({ left, tail }, token) {
  if (!left.length) {
    return { left, tail };
  }
  const written = [...tail, token];
  const rest = [...left];
  const different = left.filter((phrase, place) => left.findIndex((other) => same(other, phrase)) === place);
  for (const phrase of different) {
    if (same(written.slice(-phrase.length), phrase)) {
      rest.splice(
        rest.findIndex((other) => same(other, phrase)),
        1,
      );
    }
  }
  return { left: rest, tail: written.slice(-Math.max(...left.map((phrase) => phrase.length))) };
}

/** Returns the tokens that must not come next: used up, or the continuation of a phrase's last word. */
function barred(tokens, { phrases, single, continuing }) {
  const count = (all, token) => all.filter((each) => each === token).length;
  const found = [...single].filter((token) => count(tokens, token) >= count(phrases.flat(), token));
  if (phrases.some((phrase) => same(tokens.slice(-phrase.length), phrase))) {
    const wanted = new Set(
      phrases.flatMap((phrase) =>
        phrase.flatMap((token, length) =>
          length && same(tokens.slice(-length), phrase.slice(0, length)) ? [token] : [],
        ),
      ),
    );
    found.push(...continuing.filter((token) => !wanted.has(token)));
  }
  return found;
}

/** Returns scores with what attention says of a hypothesis that may begin phrases. */
function guided(scores, attention, row, { phrases, places }) {
  if (!attention || row.left.some((phrase) => begun(row, phrase))) {
    return scores;
  }
  /** @type {Map<string, {phrase: number[], all: number[][]}>} */
  const found = new Map();
  phrases.forEach((phrase, place) => {
    if (places[place].length && row.left.some((each) => same(each, phrase))) {
      const { all } = found.get(String(phrase)) ?? { all: [] };
      found.set(String(phrase), { phrase, all: [...all, places[place]] });
    }
  });
  if (!found.size) {
    return scores;
  }
  const every = new Set();
  const begins = [...found.values()].map(({ phrase, all }) => {
    // Of equal phrases the first ones are done.
    const left = row.left.filter((each) => same(each, phrase)).length;
    const positions = new Set(all.slice(-left).flat());
    positions.forEach((position) => every.add(position));
    return { token: phrase[0], looked: sum(attention, positions) };
  });
  const rest = logarithm(1 - sum(attention, every));
  const guided = scores.map((score) => score + rest);
  begins.forEach(({ token, looked }) => (guided[token] = scores[token] + logarithm(looked)));
  return guided;
}

function sum(attention, positions) {
  return [...positions].reduce((all, position) => all + attention[position], 0);
}

function logarithm(probability) {
  return Math.log(Math.min(Math.max(probability, CERTAIN), 1));
}

/** Returns places of at most `width` candidates, so that each number of required tokens has equally many. */
function allocated(met, most, width) {
  const banks = Array.from({ length: most + 1 }, () => /** @type {number[]} */ ([]));
  met.forEach((number, place) => banks[number].push(place));
  banks.reverse();
  const chosen = [];
  while (chosen.length < width && banks.some((bank) => bank.length)) {
    for (const bank of banks) {
      const place = bank.shift();
      if (place !== undefined && chosen.length < width) {
        chosen.push(place);
      }
    }
  }
  return chosen.sort((one, other) => one - other);
}

function largest(scores) {
  return scores.reduce((most, score, place) => (score > scores[most] ? place : most), 0);
}

function same(one, other) {
  return one.length === other.length && one.every((token, place) => token === other[place]);
}
