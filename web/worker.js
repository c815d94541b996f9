// The worker behind keras_s2s.js: it loads a bundle, and translates or segments off the main thread.
//
// A classic worker, not a module: LiteRT loads its script with importScripts, which modules do not have.

/** A `Translator` of translator.js, or a `Segmenter` of segmenter.js. */
let model;

const classes = {
  translation: async () => (await import("./translator.js")).Translator,
  segmentation: async () => (await import("./segmenter.js")).Segmenter,
};

// A page of a single file has its files at other URLs than those where they are expected.
const locate = (expected) => globalThis.files?.[expected] ?? expected;

const commands = {
  /** Loads bundle and runtime at the same time, and returns the bundle's manifest. */
  async open({ task, bundle: url, runtime }, progress) {
    const [{ fetched, readBundle }, { loadLitert }, Model] = await Promise.all([
      import("./bundle.js"),
      import("./litert.js"),
      classes[task](),
    ]);
    const parts = { bundle: [0, 0], runtime: [0, 0] };
    const told = (part) => (...counts) => {
      parts[part] = counts;
      // Not before both are known: a fraction of one is none of the whole.
      if (parts.bundle[1] && parts.runtime[1]) {
        progress(parts.bundle[0] + parts.runtime[0], parts.bundle[1] + parts.runtime[1]);
      }
    };
    const loading = loadLitert(runtime, told("runtime"), locate);
    // What is wrong with the bundle is said first, and without waiting: it is what the person has chosen.
    loading.catch(() => {});
    const bundle = await readBundle(url, fetched(url, locate), told("bundle"));
    bundle.requireTask(task);
    bundle.requireStatic();
    const litert = await loading;
    model = await Model.open(bundle, litert);
    return bundle.manifest;
  },

  translate: ({ text, options }) => model.translate(text, options),

  mask: (image) => model.mask(image),
};

self.onmessage = async ({ data: { call, command, given } }) => {
  try {
    const result = await commands[command](given, (...progress) => postMessage({ call, progress }));
    postMessage({ call, result });
  } catch (error) {
    postMessage({ call, error: { message: error.message, isUserError: error.name === "UserError" } });
  }
};
