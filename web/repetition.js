// Translations that repeat themselves: the rules of edge/search/repetition.py.

// Longer n-grams than this are no more frequent than those that they consist of.
const LONGEST = 4;

/**
 * Returns how often the most frequent n-gram occurs, for n from 1 to 4. A single unit counts only as often as it stands
 * in a row: articles and commas are frequent in any text.
 *
 * @param {(number | number[])[]} units words, as the tokens of each, or tokens
 */
export function frequencies(units) {
  const keys = units.map(String);
  let longest = 0;
  let run = 0;
  keys.forEach((key, place) => {
    run = place && key === keys[place - 1] ? run + 1 : 1;
    longest = Math.max(longest, run);
  });
  const found = [longest];
  for (let size = 2; size <= LONGEST; size++) {
    const count = Math.max(0, keys.length - size + 1);
    found.push(mostFrequent(Array.from({ length: count }, (_, start) => keys.slice(start, start + size).join(" "))));
  }
  return found;
}

/**
 * Returns how often the most frequent sequence of units stands directly behind itself: 1 if none does.
 *
 * @param {(number | number[])[]} units
 */
export function inARow(units) {
  const keys = units.map(String);
  let most = Math.min(1, keys.length);
  for (let size = 1; 2 * size <= keys.length; size++) {
    let run = 0;
    for (let place = size; place < keys.length; place++) {
      run = keys[place] === keys[place - size] ? run + 1 : 0;
      most = Math.max(most, 1 + Math.floor(run / size));
    }
  }
  return most;
}

/**
 * Returns whether the most frequent n-gram of a size is too frequent.
 *
 * @param {(number | number[])[]} source
 * @param {(number | number[])[]} target units of its translation, of the same kind
 * @param {number} more how much more often than in the source the most frequent n-gram of the target may occur
 */
export function repeats(source, target, more) {
  const read = frequencies(source);
  return frequencies(target).some((found, place) => found > read[place] + more);
}

/** Returns whether words of these tokens, or the tokens of a word, can repeat themselves; needs no source. */
export function canRepeat(tokens, more) {
  return mostFrequent(tokens.slice(1).map((token, place) => `${tokens[place]} ${token}`)) + 1 > more;
}

/**
 * Returns the words of a text, as the tokens of each.
 *
 * @param {number[]} tokens
 * @param {(token: number) => boolean} beginsWord
 */
export function words(tokens, beginsWord) {
  /** @type {number[][]} */
  const found = [];
  for (const token of tokens) {
    if (beginsWord(token) || !found.length) {
      found.push([token]);
    } else {
      found.at(-1).push(token);
    }
  }
  return found;
}

/**
 * Returns the tokens that would make an n-gram too frequent, were they the next ones.
 *
 * @param {number[]} tokens so far
 * @param {number[]} most how often an n-gram may occur, for n = 1, 2 and so on; for n = 1 in a row
 * @returns {Set<number>}
 */
export function tooFrequent(tokens, most) {
  const barred = new Set();
  if (!tokens.length || !most.length) {
    return barred;
  }
  const last = tokens.at(-1);
  if (tokens.length >= most[0] && tokens.slice(-most[0]).every((token) => token === last)) {
    barred.add(last);
  }
  for (let size = 2; size <= most.length; size++) {
    const end = tokens.slice(tokens.length - size + 1);
    const counts = new Map();
    for (let start = 0; start + size <= tokens.length; start++) {
      if (end.every((token, place) => token === tokens[start + place])) {
        const following = tokens[start + size - 1];
        counts.set(following, (counts.get(following) ?? 0) + 1);
      }
    }
    counts.forEach((times, token) => times >= most[size - 1] && barred.add(token));
  }
  return barred;
}

function mostFrequent(keys) {
  const counts = new Map();
  keys.forEach((key) => counts.set(key, (counts.get(key) ?? 0) + 1));
  return Math.max(0, ...counts.values());
}
