// SentencePiece's normalization: replaced strings, then white space.
import { after } from "./trie.js";

/** Stands for a space inside tokens. */
export const SPACE = "▁";

/** @typedef {import("./sentencepiece_model.js").Normalization} Normalization */
/** @typedef {import("./trie.js").Trie<number>} Symbols */

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Normalizes text by the rules of a SentencePiece model. */
export class Normalizer {
  #rules;
  #symbols;
  #suffix;
  #units;
  #replacements;

  /**
   * @param {Normalization} rules
   * @param {Symbols | null} symbols strings that stay as they are: user-defined tokens
   * @param {boolean} suffix the space of `dummyPrefix` is put after the text
   * @throws {RangeError} the rules are damaged
   */
  constructor(rules, symbols = null, suffix = false) {
    const { charsmap } = rules;
    this.#rules = rules;
    this.#symbols = symbols;
    this.#suffix = suffix;
    this.#units = new Uint32Array();
    this.#replacements = new Uint8Array();
    if (charsmap.length) {
      // Size of a double array in bytes; the array; strings that end with 0, which its values are places of.
      const view = new DataView(charsmap.buffer, charsmap.byteOffset, charsmap.length);
      const size = view.getUint32(0, true);
      this.#units = Uint32Array.from({ length: size / 4 }, (_, place) => view.getUint32(4 + 4 * place, true));
      this.#replacements = charsmap.subarray(4 + size);
    }
  }

  /**
   * Returns the normalized text.
   *
   * @param {string} text without lone surrogates
   */
  normalize(text) {
    const { dummyPrefix, removeSpaces, escapeSpaces } = this.#rules;
    let place = 0;
    let [end, part] = this.#prefix(text, place);
    while (removeSpaces && part === " ") {
      place = end;
      [end, part] = this.#prefix(text, place);
    }
    if (place === text.length) {
      return "";
    }
    const space = escapeSpaces ? SPACE : " ";
    let normalized = dummyPrefix && !this.#suffix ? space : "";
    let afterSpace = removeSpaces;
    for (; place < text.length; place = end) {
      [end, part] = this.#prefix(text, place);
      if (afterSpace) {
        part = part.replace(/^ +/, "");
      }
      if (part) {
        normalized += escapeSpaces ? part.replaceAll(" ", SPACE) : part;
        afterSpace = removeSpaces && part.endsWith(" ");
      }
    }
    while (removeSpaces && normalized.endsWith(space)) {
      normalized = normalized.slice(0, -1);
    }
    return dummyPrefix && this.#suffix ? normalized + space : normalized;
  }

  /** Returns the end of what is replaced as a whole at a place, and what replaces it; both empty at the text's end. */
  #prefix(text, start) {
    if (start === text.length) {
      return [start, ""];
    }
    const symbol = this.#symbols?.longest(text, start) ?? start;
    if (symbol > start) {
      return [symbol, text.slice(start, symbol)];
    }
    const [end, value] = this.#longestRule(text, start);
    if (end > start) {
      const stop = this.#replacements.indexOf(0, value);
      return [end, decoder.decode(this.#replacements.subarray(value, stop))];
    }
    const next = after(text, start);
    return [next, text.slice(start, next)];
  }

  /** Walks through the double array (Darts-clone) along the UTF-8 bytes of the text. */
  #longestRule(text, start) {
    const units = this.#units;
    let longest = start;
    let value = 0;
    let node = offset(units[0]);
    for (let place = start; place < text.length; ) {
      const code = text.codePointAt(place);
      place += code > 0xffff ? 2 : 1;
      let unit = 0;
      for (const byte of utf8(code)) {
        node ^= byte;
        unit = units[node];
        // Of a unit that holds a value the highest bit is set: it has no label.
        if (unit === undefined || (unit & 0x800000ff) !== byte) {
          return [longest, value];
        }
        node ^= offset(unit);
      }
      if (unit & 0x100) {
        longest = place;
        value = units[node] & 0x7fffffff;
      }
    }
    return [longest, value];
  }
}

function offset(unit) {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

function utf8(code) {
  if (code < 0x80) {
    return [code];
  }
  const last = 0x80 | (code & 0x3f);
  if (code < 0x800) {
    return [0xc0 | (code >> 6), last];
  }
  const middle = 0x80 | ((code >> 6) & 0x3f);
  if (code < 0x10000) {
    return [0xe0 | (code >> 12), middle, last];
  }
  return [0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), middle, last];
}
