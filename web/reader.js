// Source text in segments that a model can read, as token IDs.
import { SPACES, strip } from "./characters.js";
import { splitSentences } from "./sentences.js";
import { continues, findSpans, ownText } from "./spans.js";
import { UNK, wellFormed } from "./tokenizer.js";
import { isBlank, verbatim } from "./verbatim.js";

/** @typedef {import("./stand_ins.js").Carried} Carried */
/** @typedef {import("./tokenizer.js").Tokenizer} Tokenizer */

/**
 * @typedef {object} Segment a sentence, or less of one that is too long for the model
 * @property {string} text
 * @property {string} gap the white space after it
 * @property {boolean} last whether it is the text's last one
 * @property {number[]} tokens its token IDs, EOS included; none if it is not for the model
 * @property {string} kept its translation if it has no tokens
 * @property {Segment | null} [masked] the segment with stand-ins for spans that are not translated
 * @property {Carried[]} [carried] of a masked segment: what the stand-ins stand for
 */

const LINE_END = new RegExp(`[${SPACES}]*\\n[${SPACES}]*`, "gu");

const SPACE_END = new RegExp(`(?<![${SPACES}])[${SPACES}]+$`, "u");

/** Splits texts into segments that a model can read. */
export class TextReader {
  #tokenizer;
  #longest;
  #letterless;
  #abbreviations;
  #standIns;

  /**
   * @param {Tokenizer} tokenizer of the source language
   * @param {number} longest tokens that the model reads, EOS included
   * @param {boolean} letterless the model also translates text without a letter
   * @param {Iterable<string>} abbreviations words whose full stop ends no sentence
   * @param {import("./stand_ins.js").StandIns | null} standIns for spans that are not translated; null to translate all
   */
  constructor(tokenizer, longest, letterless, abbreviations, standIns = null) {
    this.#tokenizer = tokenizer;
    this.#longest = longest;
    this.#letterless = letterless;
    this.#abbreviations = new Set(abbreviations);
    this.#standIns = standIns;
  }

  /**
   * Returns the text as one segment if the model can read it whole, else its sentences.
   *
   * @param {string} text
   * @returns {Segment[]}
   */
  segments(text) {
    const read = this.#read(text);
    return read.tokens.length <= this.#longest ? this.#parted(read) : this.sentences(text);
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
    /** @type {Map<string, Segment>} */
    const known = new Map([["", segmentOf("", [])]]);
    const fits = (segment) => {
      if (!known.has(segment)) {
        let read = this.#read(segment);
        if (read.tokens.length > this.#longest) {
          if (Array.from(segment).length > 1) {
            return false;
          }
          // One character can be a phrase of many letters once it is normalized.
          read = this.#cut(read);
        }
        known.set(segment, read);
      }
      return true;
    };
    const found = splitSentences(text, fits, this.#abbreviations);
    const sentences = found.map(([segment, gap], place) => {
      const read = /** @type {Segment} */ (known.get(segment));
      return { ...read, gap, last: place === found.length - 1 };
    });
    return withWholeWords(sentences).flatMap((each) => this.#parted(each));
  }

  #lines(text) {
    const ends = Array.from(text.matchAll(LINE_END), ({ index, 0: space }) => [index, index + space.length]);
    ends.push([text.length, text.length]);
    const starts = [0, ...ends.map(([, end]) => end)];
    return ends.map(([end, following], place) => {
      const line = text.slice(starts[place], end);
      const read = this.#read(line);
      const cut = read.tokens.length > this.#longest ? this.#cut(read) : read;
      return { ...cut, gap: text.slice(end, following), last: following === text.length };
    });
  }

  /** @param {Segment} segment */
  #cut(segment) {
    const tokens = this.#tokenizer.cut(segment.text, this.#tokenizer.encode(segment.text), this.#longest);
    return { ...segment, tokens, masked: null };
  }

  /**
   * Returns a text as a segment, which may be too long for the model.
   *
   * @returns {Segment}
   */
  #read(text) {
    const tokens = isBlank(this.#tokenizer.split(text)[0]) ? [] : this.#tokenizer.encode(text);
    const kept = verbatim(text, tokens, this.#tokenizer, this.#letterless);
    if (kept !== null) {
      return segmentOf(text, [], kept);
    }
    const spans = this.#standIns ? findSpans(text) : [];
    if (!this.#standIns || !spans.length) {
      return segmentOf(text, tokens);
    }
    const [written, carried] = this.#standIns.mask(text, spans);
    if (!carried.length) {
      return segmentOf(text, tokens);
    }
    const starts = [0, ...spans.map((span) => span.end)];
    const ends = [...spans.map((span) => span.start), text.length];
    const outside = starts.map((start, place) => text.slice(start, ends[place])).join("");
    if (!this.#letterless && !/\p{L}/u.test(outside)) {
      return segmentOf(text, [], strip(text));
    }
    const masked = { ...segmentOf(written, this.#tokenizer.encode(written)), carried };
    const unread = tokens.includes(UNK) || tokens.length > this.#longest;
    return { ...segmentOf(text, this.#standIns.isReserved || unread ? masked.tokens : tokens), masked };
  }

  /**
   * Returns a segment, and as segments of their own spans before and behind it that punctuation separates from it.
   *
   * @param {Segment} segment
   * @returns {Segment[]}
   */
  #parted(segment) {
    const { text, masked, gap, last } = segment;
    const [start, end] = masked ? ownText(text, findSpans(text)) : [0, text.length];
    const ends = [
      [0, start],
      [start, end],
      [end, text.length],
    ].filter(([from, to]) => from < to);
    if (ends.length < 2) {
      return [segment];
    }
    return ends.map(([from, to], place) => {
      const piece = text.slice(from, to).replace(SPACE_END, "");
      const isLast = place === ends.length - 1;
      return {
        ...this.#read(piece),
        gap: isLast ? gap : text.slice(from + piece.length, to),
        last: isLast && last,
      };
    });
  }
}

/** Returns segments with one in place of the parts of a word: a word that the model cannot read is its own translation. */
function withWholeWords(segments) {
  const found = [];
  for (const segment of segments) {
    const before = found.at(-1);
    const [end, start] = [Array.from(before?.text ?? "").at(-1), Array.from(segment.text)[0]];
    if (before && !before.gap && [end, start].every((each) => each !== "_" && continues(each))) {
      const text = before.text + segment.text;
      found[found.length - 1] = { ...segment, text, tokens: [], kept: wellFormed(strip(text)), masked: null };
    } else {
      found.push(segment);
    }
  }
  return found;
}

/** @returns {Segment} */
function segmentOf(text, tokens, kept = "") {
  return { text, gap: "", last: true, tokens, kept, masked: null, carried: [] };
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
