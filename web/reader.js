// Source text in segments that a model can read, as token IDs.
import { SPACES } from "./characters.js";
import { splitSentences } from "./sentences.js";
import { isBlank, verbatim } from "./verbatim.js";

/** @typedef {import("./tokenizer.js").Tokenizer} Tokenizer */

/**
 * @typedef {object} Segment a sentence, or less of one that is too long for the model
 * @property {string} text
 * @property {string} gap the white space after it
 * @property {boolean} last whether it is the text's last one
 * @property {number[]} tokens its token IDs, EOS included; none if it is not for the model
 * @property {string} kept its translation if it has no tokens
 */

const LINE_END = new RegExp(`[${SPACES}]*\\n[${SPACES}]*`, "gu");

/** Splits texts into segments that a model can read. */
export class TextReader {
  #tokenizer;
  #longest;
  #letterless;
  #abbreviations;

  /**
   * @param {Tokenizer} tokenizer of the source language
   * @param {number} longest tokens that the model reads, EOS included
   * @param {boolean} letterless the model also translates text without a letter
   * @param {Iterable<string>} abbreviations words whose full stop ends no sentence
   */
  constructor(tokenizer, longest, letterless, abbreviations) {
    this.#tokenizer = tokenizer;
    this.#longest = longest;
    this.#letterless = letterless;
    this.#abbreviations = new Set(abbreviations);
  }

  /**
   * Returns the text as one segment if the model can read it whole, else its sentences.
   *
   * @param {string} text
   * @returns {Segment[]}
   */
  segments(text) {
    const [tokens, kept] = this.#read(text);
    return tokens.length <= this.#longest ? [{ text, gap: "", last: true, tokens, kept }] : this.sentences(text);
  }

  /**
   * Returns the sentences of a text, the lines if the model has features.
   *
   * @param {string} text
   * @returns {Segment[]}
   */
  sentences(text) {
    if (this.#tokenizer.hasFeatures) {
      return this.#lines(text);
    }
    /** @type {Map<string, [number[], string]>} */
    const known = new Map([["", [[], ""]]]);
    const fits = (segment) => {
      if (!known.has(segment)) {
        let [tokens, kept] = this.#read(segment);
        if (tokens.length > this.#longest) {
          if (Array.from(segment).length > 1) {
            return false;
          }
          // One character can be a phrase of many letters once it is normalized.
          tokens = this.#tokenizer.cut(segment, tokens, this.#longest);
        }
        known.set(segment, [tokens, kept]);
      }
      return true;
    };
    const found = splitSentences(text, fits, this.#abbreviations);
    return found.map(([segment, gap], place) => {
      const [tokens, kept] = known.get(segment);
      return { text: segment, gap, last: place === found.length - 1, tokens, kept };
    });
  }

  #lines(text) {
    const ends = Array.from(text.matchAll(LINE_END), ({ index, 0: space }) => [index, index + space.length]);
    ends.push([text.length, text.length]);
    const starts = [0, ...ends.map(([, end]) => end)];
    return ends.map(([end, following], place) => {
      const line = text.slice(starts[place], end);
      const [tokens, kept] = this.#read(line);
      const cut = tokens.length > this.#longest ? this.#tokenizer.cut(line, tokens, this.#longest) : tokens;
      return { text: line, gap: text.slice(end, following), last: following === text.length, tokens: cut, kept };
    });
  }

  /**
   * Returns the token IDs of a text, or none and its translation if it is not for the model.
   *
   * @returns {[number[], string]}
   */
  #read(text) {
    const tokens = isBlank(this.#tokenizer.split(text)[0]) ? [] : this.#tokenizer.encode(text);
    const kept = verbatim(text, tokens, this.#tokenizer, this.#letterless);
    return kept === null ? [tokens, ""] : [[], kept];
  }
}

/** Returns translations of segments as one text, with the white space after each of them. */
export function joinTexts(segments, translations) {
  const texts = segments.map(({ gap, last }, place) => {
    const text = translations[place];
    // A space after a sentence, where the source's language has none.
    return text + (!gap && !last && /[.!?]$/.test(text) ? " " : gap);
  });
  return texts.join("");
}
