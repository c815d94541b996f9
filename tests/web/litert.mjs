// LiteRT's runtime for browsers, under Node: it loads its script as a web worker does.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { runInThisContext } from "node:vm";

/**
 * Loads the runtime.
 *
 * @param {string} folder as `keras-s2s site` writes it
 */
export async function loadLitert(folder) {
  const wasm = join(folder, "wasm");
  const importScripts = (path) => runInThisContext(readFileSync(path, "utf-8"), path);
  const Module = { locateFile: (name) => join(wasm, name) };
  Object.assign(globalThis, {
    self: globalThis,
    require: createRequire(import.meta.url),
    __filename: join(wasm, "runtime.js"),
    __dirname: wasm,
    importScripts,
    Module,
  });
  // Its messages go to standard output, which is the test's.
  console.log = console.info = console.warn = console.error;
  const litert = await import(pathToFileURL(join(folder, "index.js")));
  await litert.loadLiteRt(`${wasm}/`);
  return litert;
}
