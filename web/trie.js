// Strings that are found by prefix.

const INNER = Symbol("a prefix that is no string of the trie");

/** Returns the place after the character at a place; a character outside the BMP has two code units. */
export function after(text, place) {
  return place + (text.codePointAt(place) > 0xffff ? 2 : 1);
}

/**
 * Finds the strings that a text has at a place. All prefixes of the strings are keys of one map.
 *
 * @template T
 */
export class Trie {
  /** @type {Map<string, T | symbol>} */
  #known = new Map();

  /** @param {Iterable<[string, T]>} entries strings with their values */
  constructor(entries) {
    for (const [text, value] of entries) {
      for (let end = after(text, 0); end < text.length; end = after(text, end)) {
        const prefix = text.slice(0, end);
        if (!this.#known.has(prefix)) {
          this.#known.set(prefix, INNER);
        }
      }
      this.#known.set(text, value);
    }
  }

  /**
   * Yields end and value of each string that the text has at `start`, the shortest first.
   *
   * @param {string} text
   * @param {number} start
   * @returns {Generator<[number, T]>}
   */
  *matches(text, start) {
    let end = start;
    while (end < text.length) {
      end = after(text, end);
      const value = this.#known.get(text.slice(start, end));
      if (value === undefined) {
        return;
      }
      if (value !== INNER) {
        yield [end, /** @type {T} */ (value)];
      }
    }
  }

  /** Returns the end of the longest string that the text has at `start`; `start` itself if there is none. */
  longest(text, start) {
    let longest = start;
    for (const [end] of this.matches(text, start)) {
      longest = end;
    }
    return longest;
  }
}
