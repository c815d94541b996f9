// The worker behind keras_s2s.js: it loads a bundle and translates off the main thread.
//
// A classic worker, not a module: LiteRT loads its script with importScripts, which modules do not have.

/** @type {import("./translator.js").Translator} */
let translator;

const commands = {
  /** Loads bundle and runtime at the same time, and returns the bundle's manifest. */
  async open({ bundle: url, runtime }, progress) {
    const [{ fetched, readBundle }, { loadLitert }, { Translator }] = await Promise.all([
      import("./bundle.js"),
      import("./litert.js"),
      import("./translator.js"),
    ]);
    const parts = { bundle: [0, 0], runtime: [0, 0] };
    const told = (part) => (...counts) => {
      parts[part] = counts;
      // Not before both are known: a fraction of one is none of the whole.
      if (parts.bundle[1] && parts.runtime[1]) {
        progress(parts.bundle[0] + parts.runtime[0], parts.bundle[1] + parts.runtime[1]);
      }
    };
    const loading = loadLitert(runtime, told("runtime"));
    // What is wrong with the bundle is said first, and without waiting: it is what the person has chosen.
    loading.catch(() => {});
    const bundle = await readBundle(url, fetched(url), told("bundle"));
    bundle.requireTask("translation");
    bundle.requireStatic();
    const litert = await loading;
    translator = await Translator.open(bundle, litert);
    return bundle.manifest;
  },

  translate: ({ text, options }) => translator.translate(text, options),
};

self.onmessage = async ({ data: { call, command, given } }) => {
  try {
    const result = await commands[command](given, (...progress) => postMessage({ call, progress }));
    postMessage({ call, result });
  } catch (error) {
    postMessage({ call, error: { message: error.message, isUserError: error.name === "UserError" } });
  }
};
