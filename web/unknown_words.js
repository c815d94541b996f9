// Words with characters that the vocabulary does not know, copied into a translation by word alignment: as
// edge/unknown_words.py does it.
import { caseFolded, strip } from "./characters.js";
import { SPACE } from "./normalizer.js";
import { UNK, wellFormed } from "./tokenizer.js";
import { countLetters, tokenSpans, unitAttention, wordUnits } from "./word_units.js";

/** @typedef {import("./reader.js").Segment} Segment */
/** @typedef {import("./tokenizer.js").Tokenizer} Tokenizer */
/** @typedef {import("./word_units.js").Span} Span */

/**
 * @typedef {object} Copied what of a translation changes
 * @property {string} text
 * @property {string[]} target tokens, with EOS unless the output was truncated
 * @property {number[]} tokenScores log probability of each token
 * @property {Float32Array[] | null} attention a row per token
 *
 * @typedef {object} Item a token of a translation, or what is copied
 * @property {string} text as a token; a space is `▁`
 * @property {number | null} id of a token that the model wrote; null for what is copied
 * @property {number} score log probability
 * @property {Float32Array | null} attention to the source tokens; null without attention
 *
 * @typedef {object} Unit a word of the source, or a symbol
 * @property {string} text as it is in the source
 * @property {string[]} unknown its unknown characters, token by token
 * @property {boolean} isKnown some of its letters are known
 * @property {boolean} isStrange the model has hardly learned it: a word without known letters, or a name that would have
 *   unknown letters in lower case, too
 */

const END = "</s>";
// Mean log probability of the rest of a word from which on the model is sure of it.
const SURE = Math.log(0.5);
const PUNCTUATION = /^\p{P}*$/u;
const PART_OF_WORD = new RegExp(`^${SPACE}?[\\p{L}\\p{M}\\p{N}]*$`, "u");

/**
 * Returns a translation with the source's words in place of its UNK tokens, and with all that the source has.
 *
 * @param {Segment} segment the source
 * @param {Copied} translation of the segment
 * @param {Tokenizer} source
 * @param {Tokenizer} target
 * @returns {Copied}
 */
export function copyUnknown(segment, translation, source, target) {
  return new Copy(segment, translation, source, target).translation();
}

class Copy {
  #translation;
  #target;
  /** @type {Unit[]} */
  #units;
  /** @type {number[][]} The source tokens of each unit. */
  #inside;
  #columns;
  /** @type {Item[]} */
  #rest;
  /** @type {Item[][]} */
  #groups;
  /** @type {number[][]} Of each target word to each source word. */
  #weights;

  /** Arguments as for `copyUnknown`. */
  constructor(segment, translation, source, target) {
    this.#translation = translation;
    this.#target = target;
    const text = wellFormed(segment.text);
    const spans = tokenSpans(text, source.surfaces(text).slice(0, segment.tokens.length - 1));
    const words = wordUnits(text, spans);
    const kept = (segment.carried ?? []).map(({ place }) => [place, place + 1]);
    this.#units = words.map((word) => unitOf(text, word, spans, segment.tokens, kept, source));
    this.#inside = words.map((word) => spans.flatMap((span, place) => (overlap(span, word) ? [place] : [])));
    this.#columns = segment.tokens.length;
    const { target: written, tokenScores, attention } = translation;
    const unknown = [target.token(UNK), target.decode([UNK])];
    const items = written.map((token, place) => {
      const id = target.id(token);
      // What stands in for a span is no token of the vocabulary.
      const own = unknown.includes(token) ? UNK : id === UNK ? null : id;
      return { text: token, id: own, score: tokenScores[place], attention: attention && attention[place] };
    });
    const end = items.length - (written.at(-1) === END ? 1 : 0);
    const tokens = Array.from({ length: end }, (_, place) => /** @type {Span} */ ([place, place + 1]));
    const read = /** @type {[Span[], Span[]]} */ ([spans, words].map((each) => inCharacters(text, each)));
    const weigh = (units) => unitAttention(attention && attention.slice(0, end), read, [tokens, units]);
    this.#rest = items.slice(end);
    this.#groups = this.#grouped(items.slice(0, end), weigh(tokens));
    let place = 0;
    this.#weights = weigh(this.#groups.map((group) => [place, (place += group.length)]));
  }

  /**
   * Returns words: letters and UNK tokens without a space between them. Every other token is one by itself, and so is an
   * UNK token for a symbol.
   */
  #grouped(items, weights) {
    const unknown = this.#units.map((unit) => unit.unknown.length > 0);
    /** @type {Item[][]} */
    const groups = [];
    let isGoing = false;
    items.forEach((item, place) => {
      const most = first(weights[place].map((weight, index) => (unknown[index] ? weight : 0)));
      const isSymbol = item.id === UNK && unknown.includes(true) && !isWord(this.#units[most]);
      if (isGoing && isPartOfWord(item) && !item.text.startsWith(SPACE) && !isSymbol) {
        groups[groups.length - 1].push(item);
      } else {
        groups.push([item]);
      }
      isGoing = isPartOfWord(item) && !isSymbol;
    });
    return groups;
  }

  /** Returns the translation with what is copied. */
  translation() {
    const { attention } = this.#translation;
    const chosen = this.#chosen();
    const groups = this.#groups.map((group, place) => {
      const index = chosen.get(place);
      return index === undefined ? known(group) : this.#copied(group, index);
    });
    if (attention) {
      const used = new Set(chosen.values());
      const lost = this.#units.map((_, index) => index).filter((index) => this.#isLost(index, used));
      lost
        .map((index) => [this.#gap(index), index])
        // From the end, so that places stay what they are.
        .sort(([place, index], [other, another]) => other - place || another - index)
        .forEach(([place, index]) => groups.splice(place, 0, [this.#inserted(index)]));
    }
    const items = groups.flat();
    const all = [...items, ...this.#rest];
    return {
      text: this.#text(items),
      target: all.map((item) => item.text),
      tokenScores: all.map((item) => item.score),
      attention: attention && all.flatMap((item) => (item.attention ? [item.attention] : [])),
    };
  }

  /** Returns the source words to copy, by the target words in whose places they come. */
  #chosen() {
    /** @type {Map<number, number>} */
    const chosen = new Map();
    const all = this.#units.map((_, index) => index);
    if (!all.length) {
      return chosen;
    }
    const unknown = all.filter((index) => this.#units[index].unknown.length);
    const gaps = this.#groups.flatMap((group, place) => (hasUnknown(group) ? [place] : []));
    const choose = (places, indices) => {
      const used = new Set(chosen.values());
      places
        .flatMap((place) => indices.map((index) => ({ place, index, weight: this.#weights[place][index] })))
        .sort((one, other) => other.weight - one.weight)
        .forEach(({ place, index, weight }) => {
          if (!chosen.has(place) && !used.has(index) && weight > 0) {
            chosen.set(place, index);
            used.add(index);
          }
        });
    };
    choose(gaps, unknown);
    // Other words only if they are not translated elsewhere.
    const translated = this.#weights.filter((_, place) => !gaps.includes(place)).map(first);
    choose(
      gaps,
      all.filter((index) => !unknown.includes(index) && !translated.includes(index)),
    );
    if (this.#translation.attention) {
      for (const index of unknown.filter((each) => this.#units[each].isStrange && !this.#isWritten(each))) {
        choose(
          this.#aligned(index).filter((place) => this.#isReplaceable(place, index)),
          [index],
        );
      }
    }
    return chosen;
  }

  /** Returns the target words that attend to a source word most. */
  #aligned(index) {
    return this.#weights.flatMap((row, place) => (first(row) === index ? [place] : []));
  }

  /** Returns whether a target word may have been meant for a source word that the model has hardly learned. */
  #isReplaceable(place, index) {
    const text = spelled(this.#groups[place]);
    const [hasLetters, wanted] = [text, this.#units[index].text].map((each) => /\p{L}/u.test(each));
    const isWhole = place === 0 || text.startsWith(SPACE);
    const following = this.#groups.slice(place + 1, place + 3).map(([item]) => item);
    if (following.length === 2 && !following.some(isSpaced) && isPartOfWord(following[1])) {
      // `I'm` and the like.
      return false;
    }
    return isWhole && hasLetters === wanted && !this.#isName(place, index);
  }

  /** Returns whether a target word may be the translation of a name. */
  #isName(place, index) {
    return place > 0 && this.#units[index].isKnown && beginsUpper(spelled(this.#groups[place]).replace(/^▁+/, ""));
  }

  /**
   * Returns a target word with a source word in its place, or with its unknown characters.
   *
   * @returns {Item[]}
   */
  #copied(group, index) {
    const unit = this.#units[index];
    const unknown = group.filter((item) => item.id === UNK);
    // A source word that begins with an unknown character begins with the UNK token: what is before is another word.
    const before = unit.unknown.length && unit.text.startsWith(unit.unknown[0]) ? beforeUnknown(group) : [];
    const rest = group.slice(before.length).filter((item) => item.id !== UNK && item.text !== SPACE);
    const sum = rest.reduce((all, item) => all + item.score, 0);
    const isSure = rest.length ? sum >= SURE * rest.length : !unit.isKnown;
    if (unknown.length && ((isSure && unknown.length === unit.unknown.length) || !isWord(unit))) {
      const [head, ...further] = unit.unknown.length ? unit.unknown : [unit.text];
      const copies = [(before.length ? SPACE : "") + head, ...further];
      return group
        .map((item) => (item.id === UNK ? { ...item, text: copies.shift() ?? "", id: null } : item))
        .filter((item) => item.text);
    }
    const space = before.length || isSpaced(group[0]) ? SPACE : "";
    return [...before, { ...(unknown[0] ?? group[0]), text: space + unit.text, id: null }];
  }

  #isWritten(index) {
    return caseFolded(this.#translation.text).includes(caseFolded(this.#units[index].text));
  }

  /** Returns whether a source word has unknown characters, and is not in the translation in any way. */
  #isLost(index, used) {
    const unit = this.#units[index];
    if (!unit.unknown.length || used.has(index) || PUNCTUATION.test(unit.text) || this.#isWritten(index)) {
      return false;
    }
    const own = this.#aligned(index);
    return !(unit.isStrange
      ? own.some((place) => this.#isName(place, index))
      : own.some((place) => isPartOfWord(this.#groups[place][0]) || !isWord(unit)));
  }

  /** Returns the place between the target words whose source is before a source word and those whose source is after. */
  #gap(index) {
    const total = (weights) => weights.reduce((sum, weight) => Math.fround(sum + weight), 0);
    const sums = [0];
    for (const row of this.#weights) {
      const sign = Math.fround(total(row.slice(0, index)) - total(row.slice(index + 1)));
      sums.push(Math.fround(sums[sums.length - 1] + sign));
    }
    const spaced = [...this.#groups.map(([item]) => isSpaced(item)), true];
    // Before a space, or before punctuation that a space follows.
    const isPlace = (place) => spaced[place] || (spaced[place + 1] && !isPartOfWord(this.#groups[place][0]));
    return first(sums.map((sum, place) => (isPlace(place) ? sum : -Infinity)));
  }

  /** @returns {Item} */
  #inserted(index) {
    const attention = new Float32Array(this.#columns);
    const inside = this.#inside[index];
    inside.forEach((place) => (attention[place] = 1 / inside.length));
    return { text: SPACE + this.#units[index].text, id: null, score: 0, attention };
  }

  /** Returns the text of items; tokens of the model that follow each other are decoded at once. */
  #text(items) {
    let text = "";
    for (let start = 0, end = 0; start < items.length; start = end) {
      const isCopied = items[start].id === null;
      for (end = start; end < items.length && (items[end].id === null) === isCopied; end++);
      const run = items.slice(start, end);
      if (isCopied) {
        text += spelled(run).replaceAll(SPACE, " ");
      } else {
        text += (text && isSpaced(run[0]) ? " " : "") + this.#target.decode(run.map((item) => item.id));
      }
    }
    return strip(text);
  }
}

/** @returns {Unit} */
function unitOf(text, word, spans, tokens, kept, source) {
  const [start, end] = word;
  const own = text.slice(start, end);
  if (kept.some((span) => overlap(span, word))) {
    return { text: own, unknown: [], isKnown: true, isStrange: false };
  }
  const unknown = spans
    .filter((span, place) => tokens[place] === UNK && overlap(span, word))
    .map(([from, to]) => text.slice(Math.max(start, from), Math.min(end, to)));
  const isKnown = Array.from(unknown.join("")).length < countLetters(own);
  const isStrange =
    unknown.length > 0 && source.encode(own.toLowerCase()).includes(UNK) && (beginsUpper(own) || !isKnown);
  return { text: own, unknown, isKnown, isStrange };
}

/** Returns the tokens of a target word before its first UNK token, if they have letters: another word. */
function beforeUnknown(group) {
  const kept = group.slice(
    0,
    group.findIndex((item) => item.id === UNK),
  );
  return hasUnknown(group) && kept.some((item) => item.text !== SPACE) ? kept : [];
}

/** Returns a target word for which no source word is left: all of it but if it has UNK tokens. */
function known(group) {
  return hasUnknown(group) ? beforeUnknown(group) : group;
}

/** Returns spans with places in characters, where JavaScript counts one outside the basic plane twice. */
function inCharacters(text, spans) {
  return spans.map((span) => span.map((place) => Array.from(text.slice(0, place)).length));
}

/** Returns the place of the first of the highest values, as NumPy's `argmax`. */
function first(values) {
  return values.reduce((most, value, place) => (value > values[most] ? place : most), 0);
}

/** Returns whether an item has letters or numbers, or unknown characters, and nothing else but a space before them. */
function isPartOfWord({ id, text }) {
  return id === UNK || PART_OF_WORD.test(text);
}

function isSpaced({ text }) {
  return text.startsWith(SPACE);
}

function isWord({ text }) {
  return countLetters(text) > 0;
}

function hasUnknown(group) {
  return group.some((item) => item.id === UNK);
}

function beginsUpper(text) {
  return /^\p{Uppercase}/u.test(text);
}

function spelled(group) {
  return group.map((item) => item.text).join("");
}

function overlap([start, end], [first, last]) {
  return start < last && first < end;
}
