// Reads {bundle, runtime, texts, beam, nBest} as JSON from standard input; writes the translations.
import { readBundle } from "../../web/bundle.js";
import { Translator } from "../../web/translator.js";
import { fromFolder, input, output } from "./files.mjs";
import { loadLitert } from "./litert.mjs";

const { bundle, runtime, texts, ...options } = input();
const litert = await loadLitert(runtime);
await output(async () => {
  const translator = await Translator.open(await readBundle(bundle, fromFolder(bundle)), litert);
  const start = performance.now();
  // All at once: they wait for each other.
  const found = await Promise.all(texts.map((text) => translator.translate(text, options)));
  const milliseconds = performance.now() - start;
  translator.delete();
  const plain = ({ attention, ...rest }) => ({ ...rest, attention: attention?.map((row) => [...row]) ?? null });
  return {
    milliseconds,
    found: found.map((each) => each.map((one) => ({ ...one, sentences: one.sentences.map(plain) }))),
  };
});
