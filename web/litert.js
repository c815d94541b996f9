// LiteRT's runtime for browsers, as `keras-s2s site` writes it: npm's @litertjs/core, without what is not needed.
import { UserError } from "./errors.js";

// Builds of the runtime: the first one is for browsers with relaxed SIMD.
const FAST = "litert_wasm_internal";
const COMPATIBLE = "litert_wasm_compat_internal";

/**
 * Loads the runtime; in a classic worker, as its script is loaded with importScripts.
 *
 * @param {string} url of its folder, with a slash at the end
 * @param {import("./bundle.js").Progress} progress
 * @param {(url: string) => string} locate says where a file is that is expected at a URL
 * @returns {Promise<typeof import("@litertjs/core")>}
 * @throws {UserError} the runtime cannot be loaded
 */
export async function loadLitert(url, progress = () => {}, locate = (expected) => expected) {
  try {
    const { bytes } = await (await fetched(locate(`${url}runtime.json`))).json();
    const litert = await import(locate(`${url}index.js`));
    // Of the builds that are there.
    const isFast = FAST in bytes && (await litert.supportsFeature("relaxedSimd"));
    const build = isFast ? FAST : COMPATIBLE;
    const wasmBinary = await downloaded(locate(`${url}wasm/${build}.wasm`), bytes[build], progress);
    // Its script takes its settings from here.
    globalThis.Module = { wasmBinary };
    // By its end it knows that this is not a folder.
    await litert.loadLiteRt(`${locate(`${url}wasm/${build}.js`)}#.js`);
    return litert;
  } catch (cause) {
    throw new UserError(`${url}: the runtime cannot be loaded (${cause.message}); check the connection`, { cause });
  }
}

async function fetched(url) {
  const reply = await fetch(url);
  if (!reply.ok) {
    throw new Error(`${url.split("/").at(-1)}: status ${reply.status}`);
  }
  return reply;
}

/** Returns a file of a known size: the reply tells only how much its compressed form has. */
async function downloaded(url, size, progress) {
  const reply = await fetched(url);
  const content = new Uint8Array(size);
  let done = 0;
  progress(done, size);
  for (const reader = reply.body.getReader(); ; ) {
    const { value } = await reader.read();
    if (!value) {
      break;
    }
    content.set(value, done);
    progress((done += value.length), size);
  }
  return content;
}
