// A TFLite file in LiteRT's WebAssembly runtime (npm's @litertjs/core).
import { UserError } from "./errors.js";

/** @typedef {import("@litertjs/core").Tensor} Tensor */
/** @typedef {Float32Array | Int32Array} Numbers */

/** The signatures of a TFLite file with static shapes. Tensors live outside JavaScript's memory: `delete` frees them. */
export class Flatbuffer {
  #litert;
  #model;

  /** Use `open`. */
  constructor(litert, model) {
    this.#litert = litert;
    this.#model = model;
  }

  /**
   * @param {typeof import("@litertjs/core")} litert the module, after its `loadLiteRt`
   * @param {Uint8Array} bytes the file
   * @param {string} name of the file, for messages
   * @throws {UserError} the runtime cannot run the file
   */
  static async open(litert, bytes, name) {
    try {
      return new Flatbuffer(litert, await litert.loadAndCompile(bytes, { accelerator: "wasm" }));
    } catch (cause) {
      throw new UserError(`${name}: LiteRT cannot run this flatbuffer (${firstLine(cause)}); export the run again`, {
        cause,
      });
    }
  }

  /** Returns the shape of an input: [1, 32] for example. */
  shape(signature, input) {
    const found = this.#model.signatures[signature].getInputDetails().find((each) => each.name === input);
    return Array.from(found.shape);
  }

  /** Returns a tensor of numbers, for inputs that stay the same from call to call; the caller deletes it. */
  tensor(numbers, shape) {
    return new this.#litert.Tensor(numbers, shape);
  }

  /**
   * Runs a signature.
   *
   * @param {string} signature
   * @param {Record<string, Numbers>} inputs by name
   * @param {Record<string, Tensor>} held further inputs
   * @returns {Promise<Record<string, Numbers>>} copies of the outputs, by name
   */
  async call(signature, inputs, held = {}) {
    const given = Object.entries(inputs).map(([name, numbers]) => [name, this.tensor(numbers, this.shape(signature, name))]);
    try {
      const outputs = await this.#model.run(signature, { ...held, ...Object.fromEntries(given) });
      const copied = Object.entries(outputs).map(([name, tensor]) => [name, tensor.toTypedArray().slice()]);
      Object.values(outputs).forEach((tensor) => tensor.delete());
      return Object.fromEntries(copied);
    } finally {
      given.forEach(([, tensor]) => tensor.delete());
    }
  }

  /** Frees the model. */
  delete() {
    this.#model.delete();
  }
}

function firstLine(error) {
  return String(error?.message ?? error).trim().split("\n")[0];
}
