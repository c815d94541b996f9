// The page's side of worker.js: loads a bundle in a worker, and calls it there.
import { UserError } from "./errors.js";

/**
 * @typedef {object} Opening
 * @property {string | URL} [runtime] folder of the runtime, as `keras-s2s site` writes it [`litert/` beside the modules' folder]
 * @property {(done: number, all: number) => void} [progress] is told of bytes that have been read, of how many there are
 */

/** A bundle in a worker. */
export class ModelWorker {
  #worker;
  #what;
  /** @type {Map<number, {resolve: (value: any) => void, reject: (error: Error) => void, progress?: Opening["progress"]}>} */
  #waiting = new Map();
  #calls = 0;

  /**
   * Use `open`.
   *
   * @param {string} what the worker is, for messages
   */
  constructor(what) {
    this.#what = what;
    this.#worker = new Worker(new URL("./worker.js", import.meta.url), { name: "keras_s2s" });
    this.#worker.onmessage = ({ data }) => this.#answered(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`the worker of the ${what} has failed: ${event.message ?? "it cannot be loaded"}`));
    };
    /** Manifest of the bundle. @type {Record<string, any>} */
    this.manifest = {};
  }

  /**
   * Loads a bundle and the runtime.
   *
   * @param {string} what the worker is, for messages
   * @param {string} task of the bundle
   * @param {string | URL} bundle URL of its folder, relative to the page
   * @param {Opening} opening
   * @returns {Promise<ModelWorker>}
   */
  static async open(what, task, bundle, { runtime = new URL("../litert/", import.meta.url), progress }) {
    const opened = new ModelWorker(what);
    try {
      const urls = { bundle: absolute(bundle).replace(/\/$/, ""), runtime: absolute(runtime).replace(/\/?$/, "/") };
      opened.manifest = await opened.call("open", { task, ...urls }, progress);
    } catch (error) {
      opened.delete();
      throw error;
    }
    return opened;
  }

  /** Calls one of the worker's commands. */
  call(command, given, progress) {
    return new Promise((resolve, reject) => {
      if (!this.#worker) {
        throw this.#deleted();
      }
      const call = (this.#calls += 1);
      this.#waiting.set(call, { resolve, reject, progress });
      this.#worker.postMessage({ call, command, given });
    });
  }

  /** Ends the worker, and frees all memory. Calls without an answer yet are rejected. */
  delete() {
    this.#end(this.#deleted());
  }

  #deleted() {
    return new Error(`the ${this.#what} has been deleted`);
  }

  /** @param {{call: number, progress?: [number, number], result?: any, error?: {message: string, isUserError: boolean}}} answer */
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
