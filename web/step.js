// Encoder and decoder step of a translation model with static shapes.

/** @typedef {import("./flatbuffer.js").Flatbuffer} Flatbuffer */
/** @typedef {Record<string, Float32Array>} States what a step takes and returns */

// What `encode` returns for the attention, the same for all steps. Its other outputs are states.
const MEMORY = ["memory", "keys", "mask"];

/**
 * @typedef {object} Stepped what a step returns
 * @property {Float32Array} logits of the next token
 * @property {States} states of the next step
 * @property {Float32Array | null} attention weights of the source's tokens; null without attention
 */

/** An encoded sentence, and the decoder step over it. */
export class EncodedSentence {
  #flatbuffer;
  #held;
  #positions;

  /** Use `encode`. */
  constructor(flatbuffer, held, states, positions) {
    this.#flatbuffer = flatbuffer;
    this.#held = held;
    this.#positions = positions;
    /** @type {States} States of the first step. */
    this.states = states;
  }

  /**
   * Encodes a sentence, padded to the shape of the flatbuffer's input.
   *
   * @param {Flatbuffer} flatbuffer
   * @param {number[]} tokens token IDs, EOS included
   */
  static async encode(flatbuffer, tokens) {
    const source = new Int32Array(flatbuffer.shape("encode", "source")[1]);
    source.set(tokens);
    const outputs = await flatbuffer.call("encode", { source });
    const names = MEMORY.filter((name) => name in outputs);
    const held = names.map((name) => [name, flatbuffer.tensor(outputs[name], flatbuffer.shape("decode_step", name))]);
    names.forEach((name) => delete outputs[name]);
    return new EncodedSentence(flatbuffer, Object.fromEntries(held), outputs, tokens.length);
  }

  /**
   * Reads the last token of a hypothesis.
   *
   * @param {number} token
   * @param {States} states
   * @returns {Promise<Stepped>}
   */
  async step(token, states) {
    const inputs = { token: Int32Array.of(token), ...states };
    const { logits, attention, ...rest } = await this.#flatbuffer.call("decode_step", inputs, this.#held);
    // Attention beyond the sentence is that of padding.
    return { logits, states: rest, attention: attention ? attention.subarray(0, this.#positions) : null };
  }

  /** Frees the memory. */
  delete() {
    Object.values(this.#held).forEach((tensor) => tensor.delete());
  }
}
