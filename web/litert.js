// LiteRT's runtime for browsers, as `keras-s2s site` writes it: npm's @litertjs/core, without what is not needed.
import { UserError } from "./errors.js";

/**
 * Loads the runtime; in a classic worker, as its script is loaded with importScripts.
 *
 * @param {string} url of its folder, with a slash at the end
 * @returns {Promise<typeof import("@litertjs/core")>}
 * @throws {UserError} the runtime cannot be loaded
 */
export async function loadLitert(url) {
  const wasm = `${url}wasm/`;
  // Where its script looks for the WebAssembly file.
  globalThis.Module = { locateFile: (name) => wasm + name };
  try {
    const litert = await import(`${url}index.js`);
    await litert.loadLiteRt(wasm);
    return litert;
  } catch (cause) {
    throw new UserError(`${url}: the runtime cannot be loaded (${cause.message}); check the connection`, { cause });
  }
}
