// Decoding of one sentence: greedy search and beam search, as edge/search does it.
import { tooFrequent } from "./repetition.js";
import { BOS, EOS } from "./tokenizer.js";

/** @typedef {import("./step.js").EncodedSentence} EncodedSentence */

// Exponent of the length penalty (Wu et al. 2016), the default of all runtimes of keras_s2s.
const ALPHA = 0.6;

/**
 * @typedef {object} Hypothesis a target sentence
 * @property {number[]} tokens token IDs, without BOS and EOS
 * @property {number[]} tokenScores log probability of each token and, if the sentence has ended, of EOS
 * @property {Float32Array[] | null} attention weights of the source's tokens, one row for each of `tokenScores`
 * @property {number} score sum of the log probabilities, with the length penalty
 *
 * @typedef {object} Path the end of a hypothesis
 * @property {Path | null} before
 * @property {number} token
 * @property {number} logProbability
 * @property {Float32Array | null} attention when the token was chosen
 * @property {number} sum of all log probabilities
 * @property {number} length in tokens, EOS included
 *
 * @typedef {Path & {states: import("./step.js").States}} Row a hypothesis that goes on
 *
 * @typedef {object} Options
 * @property {number} [beam] beam size [1: greedy search]
 * @property {number} [nBest] number of hypotheses, at most the beam size [1]
 * @property {number} [least] tokens before EOS, at the least [0]
 * @property {(tokens: number[]) => Iterable<number>} [barred] tokens that must not come after others [none]
 * @property {number[]} [repeats] how often an n-gram may occur, for n = 1 (in a row), 2 and so on [any number of times]
 */

/**
 * Searches for the translations of a sentence.
 *
 * @param {EncodedSentence} sentence
 * @param {number} limit tokens after which a translation ends in any case
 * @param {Options} options
 * @returns {Promise<Hypothesis[]>} the best first
 */
export async function search(sentence, limit, { beam = 1, nBest = 1, least = 0, repeats = [], barred } = {}) {
  const start = { before: null, token: BOS, logProbability: 0, attention: null, sum: 0, length: 0 };
  const step = async (row) => {
    const stepped = await sentence.step(row.token, row.states);
    return { ...stepped, scores: allowed(stepped.logits, row, least, repeats, barred) };
  };
  const row = { ...start, states: sentence.states };
  return beam === 1 ? [await greedy(step, row, limit)] : beamSearch(step, row, limit, beam, nBest);
}

/** Returns the logits, minus infinity for tokens that must not come next. */
export function allowed(logits, row, least, repeats, barred) {
  if (row.length >= least && !repeats.length && !barred) {
    return logits;
  }
  const scores = logits.slice();
  for (const token of barred?.(written(row)) ?? []) {
    scores[token] = -Infinity;
  }
  tooFrequent(written(row), repeats).forEach((token) => (scores[token] = -Infinity));
  if (row.length < least) {
    scores[EOS] = -Infinity;
  }
  // Where nothing is possible, the sentence ends.
  if (scores.every((score) => score === -Infinity)) {
    scores[EOS] = logits[EOS];
  }
  return scores;
}

async function greedy(step, row, limit) {
  while (row.length < limit) {
    const stepped = await step(row);
    const token = stepped.scores.reduce((most, score, each) => (score > stepped.scores[most] ? each : most), 0);
    row = extended(row, token, stepped);
    if (token === EOS) {
      break;
    }
  }
  return hypothesis(row);
}

/**
 * Twice as many candidates as rows are considered, so that enough of them go on. The first row follows the greedy path
 * until that has ended: the result is never worse than greedy search's.
 */
async function beamSearch(step, start, limit, beam, nBest) {
  /** @type {Row[]} */
  let rows = [start];
  let isGreedy = true;
  /** @type {Hypothesis[]} */
  let finished = [];

  function finish(path) {
    finished.push(hypothesis(path));
    finished.sort((one, other) => other.score - one.score);
    finished = finished.slice(0, nBest);
  }

  function isDecided() {
    // Sums only fall, and the penalty of the greatest length is the largest that can come.
    const most = Math.max(...rows.map((row) => row.sum)) / lengthPenalty(limit);
    return !rows.length || (finished.length === nBest && finished[nBest - 1].score >= most);
  }

  for (let length = 1; length <= limit && !isDecided(); length++) {
    const stepped = [];
    for (const row of rows) {
      stepped.push(await step(row));
    }
    const found = candidates(rows, stepped, 2 * beam);
    let first = null;
    if (isGreedy) {
      first = found.find((candidate) => candidate.row === 0) ?? null;
      if (!first) {
        [first] = candidates(rows.slice(0, 1), stepped, 1);
        found.splice(2 * beam - 1, 1, first);
      }
      isGreedy = first.token !== EOS;
    }
    const extend = ({ row, token }) => extended(rows[row], token, stepped[row]);
    found
      .filter((candidate, rank) => candidate.token === EOS && (rank < beam || candidate === first))
      .forEach((candidate) => finish(extend(candidate)));
    const chosen = found.filter((candidate) => candidate.token !== EOS && candidate !== first);
    if (first && first.token !== EOS) {
      chosen.unshift(first);
    }
    rows = chosen.slice(0, beam).map(extend);
    if (length === limit) {
      rows.forEach(finish);
    }
  }
  return finished;
}

/** Returns the best continuations of rows, at most `count`, the best first. */
export function candidates(rows, stepped, count) {
  const all = rows.flatMap(({ sum }, row) => {
    const { logits, scores } = stepped[row];
    const offset = sum - logNormalizer(logits);
    return largest(scores, count).map((token) => ({ row, token, total: scores[token] + offset }));
  });
  return all.filter(({ total }) => total > -Infinity).sort((one, other) => other.total - one.total).slice(0, count);
}

/** Returns the places of the largest numbers, the largest first, of equal ones the first. */
function largest(numbers, count) {
  const places = [];
  numbers.forEach((number, place) => {
    if (places.length === count && number <= numbers[places[count - 1]]) {
      return;
    }
    let rank = places.length;
    while (rank > 0 && number > numbers[places[rank - 1]]) {
      rank -= 1;
    }
    places.splice(rank, 0, place);
    places.length = Math.min(places.length, count);
  });
  return places;
}

/** Returns a hypothesis with one more token. */
export function extended(row, token, { logits, attention, states }) {
  const logProbability = logits[token] - logNormalizer(logits);
  const { sum, length } = row;
  return { before: row, token, logProbability, attention, sum: sum + logProbability, length: length + 1, states };
}

/** Returns the steps of a hypothesis, the first one first. */
function stepsOf(path) {
  const steps = [];
  for (let each = path; each.before; each = each.before) {
    steps.push(each);
  }
  return steps.reverse();
}

/** Returns the tokens of a hypothesis, without EOS. */
function written(path) {
  return stepsOf(path)
    .map((step) => step.token)
    .filter((token) => token !== EOS);
}

export function hypothesis(path) {
  const steps = stepsOf(path);
  return {
    tokens: written(path),
    tokenScores: steps.map((step) => step.logProbability),
    attention: steps[0]?.attention ? steps.map((step) => step.attention) : null,
    score: path.sum / lengthPenalty(path.length),
  };
}

export function lengthPenalty(length) {
  return ((5 + length) / 6) ** ALPHA;
}

/** Logarithm of the sum of exponentials: a logit minus it is a log probability. */
export function logNormalizer(logits) {
  const most = logits.reduce((largest, logit) => Math.max(largest, logit));
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}
