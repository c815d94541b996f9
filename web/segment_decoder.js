// Hypotheses for the segments of a text, without loops: as edge/segment_decoder.py has it.
import { canRepeat, frequencies, inARow, repeats, words } from "./repetition.js";
import { requiredSearch } from "./required.js";
import { search } from "./search.js";
import { EncodedSentence } from "./step.js";

/** @typedef {import("./search.js").Hypothesis} Hypothesis */

// Maximum length of a target, as in Python: tokens for each token of the source, and further ones.
const RATIO = 4;
const FURTHER = 16;
// How much more often than in its source the most frequent n-gram of a translation may occur: Python's `max_repeats`.
const MORE = 2;

/** Decodes segments that have tokens. */
export class SegmentDecoder {
  #flatbuffer;
  #source;
  #target;
  #longest;

  /**
   * @param {import("./flatbuffer.js").Flatbuffer} flatbuffer
   * @param {import("./tokenizer.js").Tokenizer} source
   * @param {import("./tokenizer.js").Tokenizer} target
   * @param {number} longest tokens of a target
   */
  constructor(flatbuffer, source, target, longest) {
    this.#flatbuffer = flatbuffer;
    this.#source = source;
    this.#target = target;
    this.#longest = longest;
  }

  /**
   * Returns the hypotheses of a segment, the best first.
   *
   * @param {number[]} tokens of the source, with EOS
   * @param {{beam: number, nBest: number, barred?: (tokens: number[]) => Iterable<number>}} options
   * @param {import("./required.js").Required | null} required what a translation must have
   * @returns {Promise<Hypothesis[]>} none if there are none
   */
  async decode(tokens, options, required = null) {
    const sentence = await EncodedSentence.encode(this.#flatbuffer, tokens);
    try {
      const source = tokens.slice(0, -1);
      const limit = this.limit(tokens, required?.phrases.flat().length);
      const decoded = (further) =>
        required
          ? requiredSearch(sentence, limit, { ...options, ...further }, required)
          : search(sentence, limit, { ...options, ...further });
      const found = await decoded({});
      if (!found.length || !this.#isLoop(source, found[0].tokens)) {
        return found.filter((each) => !this.#isLoop(source, each.tokens));
      }
      // Repetition is not avoided by saying nothing, either.
      const most = this.#mostRepeats(source, found[0].tokens);
      const again = await decoded({ least: 1, repeats: most });
      // What is required may be a repetition.
      return again.length ? again : found.slice(0, 1);
    } finally {
      sentence.delete();
    }
  }

  /** Returns how many tokens the translation of a source may have, of which some are given. */
  limit(tokens, given = 0) {
    return Math.min(this.#longest, RATIO * (tokens.length - 1) + FURTHER + given);
  }

  /** Returns whether a translation repeats itself more than its source does, by words or within a word. */
  #isLoop(source, target) {
    if (!canRepeat(target, MORE)) {
      return false;
    }
    const [read, written] = this.#words(source, target);
    return repeats(read, written, MORE) || repeats(longest(read), longest(written), MORE);
  }

  /**
   * Returns how often an n-gram of a translation may occur that is decoded again, because it is a loop with these tokens.
   * What stands in a row is no translation: an n-gram comes as often as in the source. Else it may come as often as in
   * what is no loop: one language writes words that the other does not, for example articles and pronouns.
   */
  #mostRepeats(source, target) {
    const [read, written] = this.#words(source, target);
    // In a single word, tokens repeat themselves.
    const [units, found] = written.length > 1 ? [read, written] : [longest(read), longest(written)];
    const further = inARow(found) > Math.max(MORE, inARow(units)) ? 0 : MORE;
    return frequencies(units).map((number) => Math.max(1, number + further));
  }

  #words(source, target) {
    const of = (tokens, tokenizer) => words(tokens, (token) => tokenizer.beginsWord(token));
    return [of(source, this.#source), of(target, this.#target)];
  }
}

/** Returns the first of the longest words. */
function longest(read) {
  return read.reduce((most, word) => (word.length > most.length ? word : most));
}
