// The server's form over a translator in the browser.
import { alignWords, Translator } from "../web/keras_s2s.js";
import { say, startForm } from "./form.js";

export { say };

/** @typedef {{source: string, target: string, url: string, bytes: number}} Direction */

/** @type {Direction[]} */
let directions = [];
/** @type {import("../web/keras_s2s.js").Opening} */
let opening = {};
let opened = { url: "", translator: null };
// Of the translation before: what is typed in the meantime is not translated letter by letter.
let last = Promise.resolve();

/** Opens the bundle of a direction. Only one is open at a time: the others' memory is freed. */
function open({ url, source, target }) {
  if (opened.url !== url) {
    opened.translator?.then((translator) => translator.delete(), () => {});
    const progress = (done, all) => say(`Loading ${source}-${target}: ${Math.floor((100 * done) / (all || 1))} %`);
    const translator = Translator.open(url, { ...opening, progress });
    opened = { url, translator };
    // It can be tried again.
    translator.catch(() => opened.translator === translator && (opened = { url: "", translator: null }));
  }
  return opened.translator;
}

function translate(asked, signal) {
  const found = last.then(() => {
    signal.throwIfAborted();
    return translateNow(asked);
  });
  last = found.catch(() => {});
  return found;
}

async function translateNow({ text, source, target, alternatives }) {
  const direction = directions.find((each) => each.source === source && each.target === target);
  const translator = await open(direction);
  const started = performance.now();
  const count = 1 + alternatives;
  const readings = await translator.translate(text, { beam: count, nBest: count });
  return {
    source,
    milliseconds: performance.now() - started,
    models: [
      { name: `${source}-${target}`, bytes: direction.bytes, quantization: translator.manifest.quantization },
    ],
    readings: readings.map((reading) => ({ ...reading, sentences: reading.sentences.map(alignWords) })),
  };
}

/**
 * Starts the form.
 *
 * @param {{languages: object[], directions: Direction[]}} site
 * @param {import("../web/keras_s2s.js").Opening} given
 */
export function startTranslation(site, given) {
  ({ directions } = site);
  opening = given;
  startForm({ languages: site.languages, translate });
}
