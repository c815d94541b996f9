// From text to text, in the browser.
import { CarryingDecoder } from "./carrying_decoder.js";
import { UserError } from "./errors.js";
import { Flatbuffer } from "./flatbuffer.js";
import { joinTexts, TextReader } from "./reader.js";
import { SegmentDecoder } from "./segment_decoder.js";
import { StandIns } from "./stand_ins.js";
import { Tokenizer } from "./tokenizer.js";

/** @typedef {import("./bundle.js").Bundle} Bundle */
/** @typedef {import("./carrying_decoder.js").Written} Written */

/**
 * @typedef {object} Sentence a translated segment of a text
 * @property {string[]} source tokens that the model read, with EOS
 * @property {string[]} surfaces those tokens as in the text, without EOS, also the unknown ones
 * @property {string[]} target tokens that it wrote, with EOS unless the output was truncated
 * @property {number[]} tokenScores log probability of each target token
 * @property {Float32Array[] | null} attention a row per target token, a weight per source token
 *
 * @typedef {object} Translation
 * @property {string} text
 * @property {number} score for ranking: sum of log probabilities with the length penalty
 * @property {number} confidence from 0 to 1: geometric mean of the token probabilities; not the accuracy
 * @property {Sentence[]} sentences of those segments that the model has translated
 */

/** Translates with a bundle of static shapes. */
export class Translator {
  #flatbuffer;
  #reader;
  #decoder;
  /** Of the translation before: steps of two translations would only slow each other down. */
  #last = Promise.resolve();

  /** Use `open`. */
  constructor(bundle, flatbuffer, source, target) {
    this.#flatbuffer = flatbuffer;
    const decoder = new SegmentDecoder(flatbuffer, source, target, bundle.limit("max_target_length"));
    const standIns = new StandIns(source, target);
    const { letterless, scoring } = bundle.manifest;
    // Letters and sounds of a word are no text.
    const isText = scoring !== "words" && !source.hasFeatures;
    this.#decoder = new CarryingDecoder(decoder, standIns, source, target, isText);
    this.#reader = new TextReader(
      source,
      bundle.limit("max_source_length"),
      letterless === true,
      bundle.words("abbreviations"),
      isText ? standIns : null,
    );
  }

  /**
   * @param {Bundle} bundle as `readBundle` returns it
   * @param {typeof import("@litertjs/core")} litert the module, after its `loadLiteRt`
   * @returns {Promise<Translator>}
   * @throws {UserError} the bundle is for another task, has dynamic shapes, or the runtime cannot run it
   */
  static async open(bundle, litert) {
    bundle.requireTask("translation");
    bundle.requireStatic();
    const [source, target] = ["source", "target"].map((side) => {
      const [name, bytes] = bundle.file("tokenizers", side);
      return new Tokenizer(bytes, name);
    });
    const flatbuffer = await Flatbuffer.open(litert, bundle.model, `${bundle.name}/model.tflite`);
    return new Translator(bundle, flatbuffer, source, target);
  }

  /**
   * Translates a text. What is longer than the model reads is translated sentence by sentence.
   *
   * @param {string} text
   * @param {{beam?: number, nBest?: number}} options beam size [1: greedy search]; number of translations [1]
   * @returns {Promise<Translation[]>} the best first; fewer than `nBest` if there are fewer
   * @throws {UserError} an invalid option
   */
  translate(text, { beam = 1, nBest = 1 } = {}) {
    const found = this.#last.then(() => this.#translate(text, beam, nBest));
    this.#last = found.then(
      () => {},
      () => {},
    );
    return found;
  }

  /** Frees the model. */
  delete() {
    this.#flatbuffer.delete();
  }

  async #translate(text, beam, nBest) {
    for (const [name, value] of Object.entries({ beam, nBest })) {
      if (!Number.isInteger(value) || value < 1) {
        throw new UserError(`search: ${name} ${value} is no whole number from 1 upwards`);
      }
    }
    if (nBest > beam) {
      throw new UserError(`search: nBest ${nBest} is more than the beam size ${beam}`);
    }
    const segments = this.#reader.segments(text);
    const found = [];
    for (const segment of segments) {
      // null stands for text that is not for the model.
      found.push(segment.tokens.length ? await this.#decoder.decode(segment, { beam, nBest }) : [null]);
    }
    // Of a segment that has fewer, the last one counts for the rest.
    const most = Math.max(...found.map((each) => each.length));
    return Array.from({ length: most }, (_, rank) =>
      this.#joined(
        segments,
        found.map((each) => each[Math.min(rank, each.length - 1)]),
      ),
    );
  }

  /**
   * @param {import("./reader.js").Segment[]} segments
   * @param {(Written | null)[]} written a translation of each segment
   * @returns {Translation}
   */
  #joined(segments, written) {
    const texts = written.map((each, place) => each?.text ?? segments[place].kept);
    const sentences = written.flatMap((each) => (each ? [sentenceOf(each)] : []));
    const scores = sentences.flatMap((sentence) => sentence.tokenScores);
    const sum = scores.reduce((all, score) => all + score, 0);
    return {
      text: joinTexts(segments, texts),
      score: written.reduce((all, each) => all + (each?.hypothesis.score ?? 0), 0),
      confidence: scores.length ? Math.exp(sum / scores.length) : 1,
      sentences,
    };
  }
}

/**
 * @param {Written} written
 * @returns {Sentence}
 */
function sentenceOf({ source, surfaces, target, hypothesis: { tokenScores, attention } }) {
  return { source, surfaces, target, tokenScores, attention };
}
