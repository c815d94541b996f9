// The public module: translation and image segmentation in the browser, off the main thread.
//
//     import { Translator } from "./keras_s2s.js";
//     const translator = await Translator.open("bundles/es-en");
//     const [best] = await translator.translate("¿Dónde está la estación?");
import { UserError } from "./errors.js";
import { ModelWorker } from "./model_worker.js";

export { UserError };
export { alignWords } from "./word_alignment.js";
export { readImage } from "./images.js";
export { overlay } from "./overlay.js";
export { maskPng } from "./png.js";

/** @typedef {import("./translator.js").Translation} Translation */
/** @typedef {import("./translator.js").Sentence} Sentence */
/** @typedef {import("./segmenter.js").Mask} Mask */
/** @typedef {import("./segmenter.js").Pixels} Pixels */
/** @typedef {import("./model_worker.js").Opening} Opening */

/** Translates with a bundle of static shapes, in a worker. */
export class Translator {
  #worker;

  /** Use `open`. */
  constructor(worker) {
    this.#worker = worker;
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
  static async open(bundle, opening = {}) {
    return new Translator(await ModelWorker.open("translator", "translation", bundle, opening));
  }

  /** Manifest of the bundle. */
  get manifest() {
    return this.#worker.manifest;
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
    return this.#worker.call("translate", { text, options });
  }

  /** Ends the worker, and frees all memory. Translations that are not ready yet are rejected. */
  delete() {
    this.#worker.delete();
  }
}

/** Segments images with a bundle of static shapes, in a worker. */
export class Segmenter {
  #worker;

  /** Use `open`. */
  constructor(worker) {
    this.#worker = worker;
  }

  /**
   * Loads a bundle and the runtime; as for `Translator`.
   *
   * @param {string | URL} bundle
   * @param {Opening} [opening]
   * @returns {Promise<Segmenter>}
   */
  static async open(bundle, opening = {}) {
    return new Segmenter(await ModelWorker.open("segmenter", "segmentation", bundle, opening));
  }

  /** Manifest of the bundle. */
  get manifest() {
    return this.#worker.manifest;
  }

  /**
   * Segments an image of any size.
   *
   * @param {Pixels} image `ImageData` for example
   * @returns {Promise<Mask>}
   */
  mask({ data, width, height }) {
    return this.#worker.call("mask", { data, width, height });
  }

  /** Ends the worker, and frees all memory. Masks that are not ready yet are rejected. */
  delete() {
    this.#worker.delete();
  }
}
