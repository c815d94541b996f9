// Stand-ins: what the model reads and writes in place of spans that are not translated, as edge/stand_ins.py has it.
import { SPACE } from "./normalizer.js";
import { continues, findSpans, RESERVED } from "./spans.js";
import { EOS, UNK } from "./tokenizer.js";

/** @typedef {import("./spans.js").Span} Span */
/** @typedef {import("./tokenizer.js").Tokenizer} Tokenizer */

/**
 * @typedef {object} Carried a span that is carried over
 * @property {string} standIn what stands for it, one character
 * @property {string} text the span
 * @property {number} place of the stand-in in the masked text
 */

const DIGITS = [..."78965432"];
const SYMBOLS = RESERVED.slice(0, 8);
const NONE = /** @type {string} */ (RESERVED.at(-1));
const MOST_PERMUTED = 5;
const IN_ORDER = 2;

/** Replaces spans of a text by stand-ins: symbols that the model knows, else digits, else symbols that are UNK. */
export class StandIns {
  #target;
  #all;
  #hasDigits;
  #areUnknown;

  /**
   * @param {Tokenizer} source
   * @param {Tokenizer} target
   */
  constructor(source, target) {
    const both = [source, target];
    const known = SYMBOLS.filter((each) => both.every((side) => side.id(each) !== UNK));
    const digits = DIGITS.filter((each) => both.every((side) => !side.encode(each).includes(UNK)));
    /** Whether the model knows the symbols. */
    this.isReserved = known.length > 0;
    this.#hasDigits = !known.length && digits.length > 0;
    this.#areUnknown = !known.length && !digits.length;
    this.#all = [known, digits, SYMBOLS].find((each) => each.length) ?? [];
    this.#target = target;
  }

  /**
   * Returns a text with stand-ins and what they stand for; spans that touch have one. If there are more spans than
   * stand-ins, the last stand-in is for all of the text up to the last span.
   *
   * @param {string} text
   * @param {Span[]} spans
   * @returns {[string, Carried[]]}
   */
  mask(text, spans) {
    let free = this.#all;
    if (this.#hasDigits) {
      const starts = [0, ...spans.map((span) => span.end)];
      const ends = [...spans.map((span) => span.start), text.length];
      const left = starts.map((start, place) => text.slice(start, ends[place])).join("");
      free = free.filter((each) => !left.includes(each));
    }
    let masked = "";
    let end = 0;
    /** @type {Carried[]} */
    const carried = [];
    const found = touching(spans);
    if (free.length && found.length > free.length) {
      const rest = found.splice(free.length - 1);
      found.push([rest[0][0], rest[rest.length - 1][1]]);
    }
    for (const [first, last] of found.slice(0, free.length)) {
      masked += text.slice(end, first);
      carried.push({ standIn: free[carried.length], text: text.slice(first, last), place: masked.length });
      masked += free[carried.length - 1];
      end = last;
    }
    return [masked + text.slice(end), carried];
  }

  /**
   * Returns the target tokens of a stand-in.
   *
   * @param {Carried} carried
   */
  phrase({ standIn }) {
    if (!this.#hasDigits) {
      return [this.#target.id(standIn)];
    }
    const ids = this.#target.encode(standIn).slice(0, -1);
    return ids.slice(this.#target.token(ids[0]) === SPACE ? 1 : 0);
  }

  /**
   * Returns how many UNK tokens these stand-ins are.
   *
   * @param {Carried[]} carried
   */
  unknown(carried) {
    return this.#areUnknown ? carried.length : 0;
  }

  /**
   * Returns the target tokens that a translation has for these stand-ins, and no further time.
   *
   * @param {Carried[]} carried of the source
   * @param {number[]} source its tokens
   */
  single(carried, source) {
    if (this.#areUnknown) {
      return new Set(countUnknown(source) <= carried.length ? [UNK] : []);
    }
    const standIns = this.#hasDigits ? carried.map((each) => each.standIn) : this.#all;
    const tokens = Array.from({ length: this.#target.length }, (_, token) => token);
    return new Set(
      tokens.filter((token) => token > EOS && standIns.some((each) => this.#target.token(token).includes(each))),
    );
  }

  /**
   * Returns the text of a translation and its tokens, both with stand-ins.
   *
   * @param {Carried[]} carried of the source
   * @param {number[]} source its tokens
   * @param {number[]} tokens of the translation
   * @param {string[]} surfaces tokens of the source as in its text, without EOS
   * @param {ArrayLike<number>[] | null} attention a row per target token
   * @returns {[string, string[]]}
   */
  read(carried, source, tokens, surfaces = [], attention = null) {
    const text = this.#target.decode(tokens);
    const spelled = tokens.map((token) => this.#target.token(token));
    if (!carried.length || !this.#areUnknown) {
      return [text, spelled];
    }
    const places = tokens.flatMap((token, place) => (token === UNK ? [place] : []));
    const standIns = carried.map((each) => each.standIn);
    const names = assigned(standIns, places, surfaces, attention);
    const mark = this.#target.decode([UNK]);
    const unknown = countUnknown(source);
    const [first, ...rest] = text.split(mark);
    let whole = first;
    places.forEach((place, index) => {
      spelled[place] = names.get(place) ?? (unknown <= carried.length ? NONE : mark);
      whole += spelled[place] + rest[index];
    });
    return [whole, spelled];
  }
}

/**
 * Returns whether a translation has the spans of its source, and no others.
 *
 * @param {string} source
 * @param {string} translation
 */
export function sameSpans(source, translation) {
  const [one, other] = [source, translation].map((text) =>
    findSpans(text)
      .map(({ start, end }) => text.slice(start, end))
      .sort(),
  );
  return one.length === other.length && one.every((text, place) => text === other[place]);
}

/**
 * Returns whether a translation has each stand-in once, as a word of its own, and no other symbols.
 *
 * @param {Carried[]} carried
 * @param {string} text
 */
export function hasStandIns(carried, text) {
  const found = places(carried, text).filter((place) => !isWrittenOn(text, place));
  const wanted = carried.map((each) => each.standIn).sort();
  const own = found.map((place) => text[place]).sort();
  return own.length === wanted.length && own.every((each, place) => each === wanted[place]);
}

/**
 * Returns where a text has stand-ins; reserved symbols that are none count, too.
 *
 * @param {Carried[]} carried
 * @param {string} text
 */
export function places(carried, text) {
  const standIns = new Set(carried.map((each) => each.standIn));
  const isDigit = (place) => /^[0-9]$/.test(text[place] ?? "");
  return Array.from({ length: text.length }, (_, place) => place).filter(
    (place) =>
      RESERVED.includes(text[place]) || (standIns.has(text[place]) && !isDigit(place - 1) && !isDigit(place + 1)),
  );
}

/** Returns how many tokens are UNK. */
export function countUnknown(tokens) {
  return tokens.filter((token) => token === UNK).length;
}

function isWrittenOn(text, place) {
  const before = Array.from(text.slice(Math.max(0, place - 2), place)).at(-1) ?? "";
  const [behind = ""] = text.slice(place + 1, place + 3);
  return !RESERVED.includes(text[place]) && (continues(before) || continues(behind));
}

function touching(spans) {
  /** @type {[number, number][]} */
  const found = [];
  for (const { start, end } of spans) {
    const last = found.at(-1);
    if (last && last[1] === start) {
      last[1] = end;
    } else {
      found.push([start, end]);
    }
  }
  return found;
}

/** Returns which stand-in each target token is, of those that may be any. */
function assigned(standIns, places, surfaces, attention) {
  const columns = standIns.map((each) => surfaces.findIndex((surface) => surface.includes(each)));
  const inOrder = new Map(places.slice(0, standIns.length).map((place, index) => [place, standIns[index]]));
  const size = Math.min(places.length, standIns.length);
  if (!attention || columns.includes(-1) || size > MOST_PERMUTED) {
    return inOrder;
  }
  const weight = (row, column) => Math.log(attention[places[row]][columns[column]] + 1e-3);
  let [best, most] = [inOrder, -Infinity];
  // In the order of itertools.permutations: the source's order is the first.
  permutations(standIns.length, size).forEach((order, index) => {
    const sum = order.reduce((all, column, row) => all + weight(row, column), index ? 0 : IN_ORDER);
    if (sum > most) {
      most = sum;
      best = new Map(order.map((column, row) => [places[row], standIns[column]]));
    }
  });
  return best;
}

/** Returns the orders of some of the first numbers. */
function permutations(numbers, size) {
  /** @type {number[][]} */
  let found = [[]];
  for (let length = 0; length < size; length++) {
    found = found.flatMap((order) =>
      Array.from({ length: numbers }, (_, number) => number)
        .filter((number) => !order.includes(number))
        .map((number) => [...order, number]),
    );
  }
  return found;
}
