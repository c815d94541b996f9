// Segments with spans that are carried over, decoded and written: as edge/segment_decoder.py and edge/put_back.py do it.
import { putBack } from "./put_back.js";
import { continues } from "./spans.js";
import { countUnknown, hasStandIns, sameSpans } from "./stand_ins.js";
import { EOS } from "./tokenizer.js";
import { copyUnknown } from "./unknown_words.js";
import { tokenSpans } from "./word_units.js";

/** @typedef {import("./reader.js").Segment} Segment */
/** @typedef {import("./search.js").Hypothesis} Hypothesis */
/** @typedef {import("./stand_ins.js").Carried} Carried */

/**
 * @typedef {object} Written a translation of a segment
 * @property {string} text
 * @property {Hypothesis} hypothesis
 * @property {string[]} source tokens that the model read, with EOS
 * @property {string[]} surfaces those tokens as in the text, without EOS
 * @property {string[]} target tokens that it wrote, with EOS unless the output was truncated
 */

// A span needs hypotheses with and without it.
const BEAM = 5;

/** Translates segments that have tokens, with the spans of their source. */
export class CarryingDecoder {
  #decoder;
  #standIns;
  #source;
  #target;
  #copies;
  /** @type {number[] | null} */
  #continuing = null;

  /**
   * @param {import("./segment_decoder.js").SegmentDecoder} decoder
   * @param {import("./stand_ins.js").StandIns} standIns
   * @param {import("./tokenizer.js").Tokenizer} source
   * @param {import("./tokenizer.js").Tokenizer} target
   * @param {boolean} copies words with unknown characters are copied into translations
   */
  constructor(decoder, standIns, source, target, copies) {
    this.#decoder = decoder;
    this.#standIns = standIns;
    this.#source = source;
    this.#target = target;
    this.#copies = copies;
  }

  /**
   * Returns the translations of a segment, the best first.
   *
   * @param {Segment} segment
   * @param {{beam: number, nBest: number}} options
   * @returns {Promise<Written[]>}
   */
  async decode(segment, options) {
    const { masked } = segment;
    const isMasked = masked && String(masked.tokens) === String(segment.tokens);
    let read = isMasked ? masked : segment;
    let found = await this.#held(read, options);
    if (masked && !isMasked && !found.every(({ tokens }) => sameSpans(segment.text, this.#target.decode(tokens)))) {
      read = masked;
      found = await this.#held(read, options);
    }
    const surfaces = this.#source.surfaces(read.text).slice(0, read.tokens.length - 1);
    return found.map((hypothesis) => this.#written(read, surfaces, hypothesis));
  }

  /** Returns hypotheses with the stand-ins of a source: of a search that requires them, where they are missing. */
  async #held(read, options) {
    const found = await this.#decoder.decode(read.tokens, options);
    const carried = read.carried ?? [];
    if (!carried.length && !this.#standIns.isReserved) {
      return found;
    }
    const isWhole = ({ tokens }) => hasStandIns(carried, this.#standIns.read(carried, read.tokens, tokens)[0]);
    if (found.every(isWhole)) {
      return found;
    }
    const wider = { ...options, beam: Math.max(BEAM, options.beam) };
    if (!carried.length) {
      const symbols = this.#standIns.single([], read.tokens);
      return this.#decoder.decode(read.tokens, { ...wider, barred: () => symbols });
    }
    const required = this.#required(read);
    const held = required.phrases.length ? await this.#decoder.decode(read.tokens, wider, required) : [];
    return held.length ? held : found;
  }

  /** Returns what the translation of a masked segment must have, as far as it has room. */
  #required({ text, tokens, carried }) {
    const spans = tokenSpans(text, this.#source.surfaces(text).slice(0, tokens.length - 1));
    const most = this.#decoder.limit(tokens);
    /** @type {number[][]} */
    const phrases = [];
    /** @type {number[][]} */
    const places = [];
    for (const each of carried) {
      const phrase = this.#standIns.phrase(each);
      if (phrases.flat().length + phrase.length <= most) {
        phrases.push(phrase);
        places.push(spans.flatMap(([start, end], place) => (start <= each.place && each.place < end ? [place] : [])));
      }
    }
    this.#continuing ??= Array.from({ length: this.#target.length }, (_, token) => token).filter(
      (token) => !this.#target.beginsWord(token),
    );
    return { phrases, places, single: this.#standIns.single(carried, tokens), continuing: this.#continuing };
  }

  /** @returns {Written} */
  #written(read, surfaces, hypothesis) {
    const { tokens, tokenScores } = hypothesis;
    const carried = read.carried ?? [];
    const [decoded, known] = this.#standIns.read(carried, read.tokens, tokens, surfaces, hypothesis.attention);
    const end = tokenScores.length > tokens.length ? [this.#target.token(EOS)] : [];
    const found = { text: decoded, target: [...known, ...end], tokenScores, attention: hypothesis.attention };
    const standIns = this.#standIns.unknown(carried);
    const isCopied = this.#copies && [read.tokens, tokens].some((each) => countUnknown(each) > standIns);
    const { text, target, ...rest } = isCopied ? copyUnknown(read, found, this.#source, this.#target) : found;
    const words = target.slice(0, target.length - end.length);
    const names = new Map(carried.map((each) => [each.standIn, each.text]));
    const spelled = (token) => Array.from(token, (character) => names.get(character) ?? character).join("");
    return {
      text: carried.length
        ? putBack(carried, read.text, text, (each) => endOfAligned(each, surfaces, text, words, rest.attention))
        : text,
      hypothesis: { ...hypothesis, ...rest },
      source: read.tokens.map((id) => spelled(this.#source.token(id))),
      surfaces: surfaces.map(spelled),
      target: target.map(spelled),
    };
  }
}

/** Returns the end of the word that attends most to a stand-in; without attention the end of the sentence. */
function endOfAligned({ standIn }, surfaces, text, target, attention) {
  const column = surfaces.findIndex((surface) => surface.includes(standIn));
  if (!attention || column < 0 || !target.length) {
    return text.replace(/[ .!?…。]+$/u, "").length;
  }
  const row = target.reduce((most, _, each) => (attention[each][column] > attention[most][column] ? each : most), 0);
  let [, end] = tokenSpans(text, target)[row];
  for (const character of text.slice(end)) {
    if (!continues(character)) {
      break;
    }
    end += character.length;
  }
  return end;
}
