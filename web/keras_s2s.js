// The public module: translation in the browser, off the main thread.
//
//     import { Translator } from "./keras_s2s.js";
//     const translator = await Translator.open("bundles/es-en");
//     const [best] = await translator.translate("¿Dónde está la estación?");
import { UserError } from "./errors.js";

export { UserError };
export { alignWords } from "./word_alignment.js";

/** @typedef {import("./translator.js").Translation} Translation */
/** @typedef {import("./translator.js").Sentence} Sentence */

/**
 * @typedef {object} Opening
 * @property {string | URL} [runtime] folder of the runtime, as `keras-s2s site` writes it [`litert/` beside the modules' folder]
 * @property {(done: number, all: number) => void} [progress] is told of bytes that have been read, of how many there are
 */

/** Translates with a bundle of static shapes, in a worker. */
export class Translator {
  #worker;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, progress?: Opening["progress"]}>} */
  #waiting = new Map();
  #calls = 0;

  /** Use `open`. */
  constructor() {
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { name: "keras_s2s" });
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`the worker of the translator has failed: ${event.message ?? "it cannot be loaded"}`));
    };
    /** Manifest of the bundle. @type {Record<string, any>} */
    this.manifest = {};
  }

  /**
   * Loads a bundle and the runtime.
   *
   * @param {string | URL} bundle URL of its folder, relative to the page
   * @param {Opening} [opening]
   * @returns {Promise<Translator>}
   * @throws {UserError} the bundle cannot be fetched, is damaged, is for another task or has dynamic shapes; the
   *   runtime cannot be loaded
   */
  static async open(bundle, { runtime = new URL("../litert/", import.meta.url), progress } = {}) {
    const translator = new Translator();
    try {
      const urls = { bundle: absolute(bundle).replace(/\/$/, ""), runtime: absolute(runtime).replace(/\/?$/, "/") };
      translator.manifest = await translator.#call("open", urls, progress);
    } catch (error) {
      translator.delete();
      throw error;
    }
    return translator;
  }

  /**
   * Translates a text. What is longer than the model reads is translated sentence by sentence. Texts that are given
   * before others have been translated wait for those.
   *
   * @param {string} text
   * @param {{beam?: number, nBest?: number}} [options] beam size [1: greedy search]; number of translations [1]
   * @returns {Promise<Translation[]>} the best first; fewer than `nBest` if there are fewer
   * @throws {UserError} an invalid option
   */
  translate(text, options = {}) {
    return this.#call("translate", { text, options });
  }

  /** Ends the worker, and frees all memory. Translations that are not ready yet are rejected. */
  delete() {
    this.#end(new Error("the translator has been deleted"));
  }

  #call(command, given, progress) {
    return new Promise((resolve, reject) => {
      if (!this.#worker) {
        throw new Error("the translator has been deleted");
      }
      const call = (this.#calls += 1);
      this.#waiting.set(call, { resolve, reject, progress });
      this.#worker.postMessage({ call, command, given });
    });
  }

  #answered({ call, progress, result, error }) {
    const waiting = this.#waiting.get(call);
    if (progress) {
      waiting.progress?.(...progress);
      return;
    }
    this.#waiting.delete(call);
    if (error) {
      waiting.reject(error.isUserError ? new UserError(error.message) : new Error(error.message));
    } else {
      waiting.resolve(result);
    }
  }

  #end(error) {
    this.#worker?.terminate();
    this.#worker = null;
    this.#waiting.forEach(({ reject }) => reject(error));
    this.#waiting.clear();
  }
}

function absolute(url) {
  return new URL(url, document.baseURI).href;
}
