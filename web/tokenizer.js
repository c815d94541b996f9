// Tokenizer of a bundle: SentencePiece, with features and EOS.
import { UserError } from "./errors.js";
import { isFeature, splitFeatures } from "./features.js";
import { SPACE } from "./normalizer.js";
import { SentencePiece } from "./sentencepiece.js";
import { isUnspaced } from "./unspaced.js";

/** IDs of the unknown token and of those before and after a text, the same in every tokenizer of keras_s2s. */
export const UNK = 1;
export const BOS = 2;
export const EOS = 3;

const CONTINUES_WORD = /^[\p{L}\p{M}\p{N}]/u;

/** Converts text to tokens and back, with the IDs of `edge.tokenizer` in Python. */
export class Tokenizer {
  #processor;

  /**
   * @param {Uint8Array} bytes a SentencePiece model
   * @param {string} name of the file, for messages
   * @throws {UserError} the file is not a SentencePiece model, or its special tokens are not those of keras_s2s
   */
  constructor(bytes, name) {
    try {
      this.#processor = new SentencePiece(bytes);
    } catch (cause) {
      throw new UserError(`${name}: cannot be read as a SentencePiece model (${cause.message})`, { cause });
    }
    const { control } = this.#processor;
    if (control.some((id, place) => id !== place)) {
      const found = control.join(", ");
      throw new UserError(
        `${name}: PAD, UNK, BOS and EOS have the IDs [${found}], not 0, 1, 2, 3; use a tokenizer of keras-s2s`,
      );
    }
    /** Whether the model was trained with features. */
    this.hasFeatures = this.length > EOS + 1 && isFeature(this.#processor.token(EOS + 1));
  }

  /** Vocabulary size in tokens. */
  get length() {
    return this.#processor.length;
  }

  /**
   * Returns the token IDs of a text and its features, with EOS. A lone surrogate counts as a question mark.
   *
   * @param {string} source
   * @returns {number[]}
   */
  encode(source) {
    const [text, features] = this.split(source);
    const ids = this.#processor.encode(wellFormed(text)).map(([, id]) => id);
    return [...ids, ...features.map((token) => this.id(token)), EOS];
  }

  /**
   * Returns at most `longest` IDs of a text: of too many, the last ones of the text itself are removed.
   *
   * @param {string} source
   * @param {number[]} ids as `encode` returns them
   * @param {number} longest
   */
  cut(source, ids, longest) {
    const last = ids.length - 1 - this.split(source)[1].length;
    const behind = ids.slice(last, -1).slice(0, longest - 1);
    return [...ids.slice(0, last).slice(0, longest - 1 - behind.length), ...behind, EOS];
  }

  /**
   * Returns the text itself, and the tokens of its features, known or not.
   *
   * @param {string} source
   * @returns {[string, string[]]}
   */
  split(source) {
    return this.hasFeatures ? splitFeatures(source) : [source, []];
  }

  /**
   * Returns the tokens of a text as in the normalized text, also those that become UNK; a space is `▁`. Features follow
   * as words of their own.
   *
   * @param {string} source
   * @returns {string[]}
   */
  surfaces(source) {
    const [text, features] = this.split(source);
    const words = features.map((feature) => SPACE + feature.replace(/^\t+/, ""));
    return [...this.#processor.encode(wellFormed(text)).map(([part]) => part), ...words];
  }

  /** Returns the text of token IDs; special tokens have none. */
  decode(ids) {
    return this.#processor.decode(ids);
  }

  /** Returns a token as text; a space is `▁`. */
  token(id) {
    return this.#processor.token(id);
  }

  /** Returns whether a token begins a word, or is one of a script without spaces, or stands between words. */
  beginsWord(id) {
    const token = this.token(id);
    return id <= EOS || !CONTINUES_WORD.test(token) || isUnspaced(token);
  }

  /** Returns the ID of a token that is given as text. */
  id(token) {
    return this.#processor.id(wellFormed(token));
  }
}

/** Returns a text with a question mark for each lone surrogate, as Python's `encode("utf-8", "replace")` has it. */
export function wellFormed(text) {
  return text.replace(/\p{Surrogate}/gu, "?");
}
