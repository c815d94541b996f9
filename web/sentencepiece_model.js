// Reader of SentencePiece model files.
import { fields } from "./protobuf.js";

/** Types of tokens. */
export const NORMAL = 1;
export const UNKNOWN = 2;
export const CONTROL = 3;
export const USER_DEFINED = 4;
export const UNUSED = 5;
export const BYTE = 6;

const KINDS = [undefined, "unigram", "bpe", "word", "char"];

// A byte-order mark is a character like any other here.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * @typedef {{text: string, score: number, type: number}} Piece a token of the vocabulary
 *
 * @typedef {object} Normalization rules for text before it is tokenized, or after it was decoded
 * @property {Uint8Array} charsmap replaced strings as SentencePiece compiles them; empty without rules
 * @property {boolean} dummyPrefix a space is put before the text
 * @property {boolean} removeSpaces spaces around the text and repeated ones are removed
 * @property {boolean} escapeSpaces a space becomes `▁`
 *
 * @typedef {object} SentencePieceModel
 * @property {Piece[]} pieces the vocabulary, by ID
 * @property {string} kind `unigram`, `bpe`, `word` or `char`
 * @property {boolean} byteFallback unknown characters are encoded as bytes
 * @property {boolean} suffix the space of `dummyPrefix` is put after the text
 * @property {string} unknownSurface text of the unknown token
 * @property {string[]} control names of PAD, UNK, BOS and EOS
 * @property {Normalization} normalization
 * @property {Normalization | null} denormalization
 */

/**
 * Reads a SentencePiece model.
 *
 * @param {Uint8Array} bytes the file
 * @returns {SentencePieceModel}
 * @throws {RangeError} the file is no such model
 */
export function parseModel(bytes) {
  const model = {
    pieces: [],
    kind: "unigram",
    byteFallback: false,
    suffix: false,
    unknownSurface: " ⁇ ",
    control: ["<pad>", "<unk>", "<s>", "</s>"],
    normalization: parseNormalization(new Uint8Array()),
    denormalization: null,
  };
  for (const [number, value] of fields(bytes)) {
    if (number === 1) {
      model.pieces.push(parsePiece(value));
    } else if (number === 2) {
      parseTrainer(value, model);
    } else if (number === 3) {
      model.normalization = parseNormalization(value);
    } else if (number === 5) {
      model.denormalization = parseNormalization(value);
    }
  }
  if (!model.pieces.some((piece) => piece.type === UNKNOWN)) {
    throw new RangeError("it has no unknown token");
  }
  if (!model.kind) {
    throw new RangeError("it is of an unknown kind");
  }
  return model;
}

function parsePiece(bytes) {
  const piece = { text: "", score: 0, type: NORMAL };
  for (const [number, value] of fields(bytes)) {
    if (number === 1) {
      piece.text = decoder.decode(value);
    } else if (number === 2) {
      piece.score = value;
    } else if (number === 3) {
      piece.type = value;
    }
  }
  return piece;
}

function parseTrainer(bytes, model) {
  const names = { 48: 0, 45: 1, 46: 2, 47: 3 };
  for (const [number, value] of fields(bytes)) {
    if (number === 3) {
      model.kind = KINDS[value];
    } else if (number === 24) {
      model.suffix = value !== 0;
    } else if (number === 35) {
      model.byteFallback = value !== 0;
    } else if (number === 44) {
      model.unknownSurface = decoder.decode(value);
    } else if (number in names) {
      model.control[names[number]] = decoder.decode(value);
    }
  }
}

function parseNormalization(bytes) {
  const rules = { charsmap: new Uint8Array(), dummyPrefix: true, removeSpaces: true, escapeSpaces: true };
  for (const [number, value] of fields(bytes)) {
    if (number === 2) {
      rules.charsmap = value;
    } else if (number === 3) {
      rules.dummyPrefix = value !== 0;
    } else if (number === 4) {
      rules.removeSpaces = value !== 0;
    } else if (number === 5) {
      rules.escapeSpaces = value !== 0;
    }
  }
  return rules;
}
