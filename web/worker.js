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
    const [bundle, litert] = await Promise.allSettled([readBundle(url, fetched(url), progress), loadLitert(runtime)]);
    // What is wrong with the bundle comes first: it is what the person has chosen.
    for (const each of [bundle, litert]) {
      if (each.status === "rejected") {
        throw each.reason;
      }
    }
    translator = await Translator.open(bundle.value, litert.value);
    return bundle.value.manifest;
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
