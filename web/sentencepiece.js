// SentencePiece: from text to token IDs and back, the same as in Python.
import { Normalizer, SPACE } from "./normalizer.js";
import { BYTE, CONTROL, NORMAL, parseModel, UNKNOWN, UNUSED, USER_DEFINED } from "./sentencepiece_model.js";
import { splitter } from "./subwords.js";
import { Trie } from "./trie.js";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Encodes and decodes text with a SentencePiece model. */
export class SentencePiece {
  #model;
  #unknown;
  /** @type {Map<string, number>} Tokens that text may have. */
  #normal = new Map();
  /** @type {Map<string, number>} Tokens that it cannot have: control tokens, bytes and the unknown one. */
  #reserved = new Map();
  #normalizer;
  #denormalizer;
  #split;

  /**
   * @param {Uint8Array} bytes a model file
   * @throws {RangeError} the file is no such model
   */
  constructor(bytes) {
    const model = parseModel(bytes);
    const { pieces } = model;
    this.#model = model;
    this.#unknown = pieces.findIndex((piece) => piece.type === UNKNOWN);
    pieces.forEach(({ text, type }, id) => {
      ([NORMAL, USER_DEFINED, UNUSED].includes(type) ? this.#normal : this.#reserved).set(text, id);
    });
    const symbols = new Trie(pieces.flatMap(({ text, type }, id) => (type === USER_DEFINED ? [[text, id]] : [])));
    this.#normalizer = new Normalizer(model.normalization, symbols, model.suffix);
    const { denormalization } = model;
    this.#denormalizer = denormalization?.charsmap.length ? new Normalizer(denormalization) : null;
    this.#split = splitter(model.kind, {
      pieces,
      unknown: this.#unknown,
      normal: this.#normal,
      id: (text) => this.#normal.get(text) ?? this.#unknown,
      symbols,
    });
  }

  /** Vocabulary size in tokens. */
  get length() {
    return this.#model.pieces.length;
  }

  /** IDs of PAD, UNK, BOS and EOS; -1 for those that the model does not have. */
  get control() {
    return this.#model.control.map((name, place) => {
      const id = this.id(name);
      return this.#model.pieces[id].type === (place === 1 ? UNKNOWN : CONTROL) ? id : -1;
    });
  }

  /** Returns the ID of a token, the unknown one's for what is none. */
  id(text) {
    return this.#reserved.get(text) ?? this.#normal.get(text) ?? this.#unknown;
  }

  /** Returns the token of an ID as text. */
  token(id) {
    return this.#model.pieces[id].text;
  }

  /**
   * Returns the tokens of a text.
   *
   * @param {string} text without lone surrogates
   * @returns {[string, number][]} their text, also of those that are unknown, and their IDs
   */
  encode(text) {
    /** @type {[string, number][]} */
    const found = [];
    let before;
    for (const [part, id] of this.#split(this.#normalizer.normalize(text))) {
      if (id === this.#unknown && this.#model.byteFallback) {
        for (const token of Array.from(encoder.encode(part), byteToken)) {
          found.push([token, this.id(token)]);
        }
      } else if (id === this.#unknown && before === this.#unknown) {
        found.at(-1)[0] += part;
      } else {
        found.push([part, id]);
      }
      before = id;
    }
    return found;
  }

  /**
   * Returns the text of token IDs; control tokens have none.
   *
   * @param {Iterable<number>} ids
   */
  decode(ids) {
    const { normalization, unknownSurface } = this.#model;
    let text = "";
    let bytes = [];
    let first = normalization.dummyPrefix || normalization.removeSpaces;
    for (const id of ids) {
      const piece = this.#model.pieces[id];
      if (piece.type === BYTE) {
        bytes.push(Number(piece.text.slice(1, -1)));
        continue;
      }
      text += decodeBytes(bytes);
      bytes = [];
      first &&= !text;
      if (piece.type === UNKNOWN) {
        text += unknownSurface;
      } else if (piece.type !== CONTROL) {
        const leading = first && piece.text.startsWith(SPACE);
        text += piece.text.slice(leading ? 1 : 0).replaceAll(SPACE, " ");
        // Of spaces that are not removed, that of the dummy prefix is the only one that is not the text's own.
        first &&= normalization.removeSpaces || !leading;
      }
    }
    text += decodeBytes(bytes);
    return this.#denormalizer ? this.#denormalizer.normalize(text) : text;
  }
}

function byteToken(byte) {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`;
}

/** Decodes UTF-8; each byte that is part of no character becomes U+FFFD, as in SentencePiece. */
function decodeBytes(bytes) {
  let text = "";
  for (let place = 0; place < bytes.length; ) {
    const lead = bytes[place];
    const size = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = decoder.decode(Uint8Array.from(bytes.slice(place, place + size)));
    const valid = String(encoder.encode(character)) === String(bytes.slice(place, place + size));
    text += valid ? character : "\ufffd";
    place += valid ? size : 1;
  }
  return text;
}
