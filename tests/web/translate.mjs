// Reads {bundle, runtime, texts, turns, beam, nBest} as JSON from standard input; writes the translations, and by how
// many bytes the runtime's memory grows in `turns` more translations.
import { readBundle } from "../../web/bundle.js";
import { Translator } from "../../web/translator.js";
import { fromFolder, input, output } from "./files.mjs";
import { loadLitert } from "./litert.mjs";

const { bundle, runtime, texts, turns = 0, ...options } = input();
const litert = await loadLitert(runtime);
await output(async () => {
  const translator = await Translator.open(await readBundle(bundle, fromFolder(bundle)), litert);
  const start = performance.now();
  // All at once: they wait for each other.
  const found = await Promise.all(texts.map((text) => translator.translate(text, options)));
  const milliseconds = performance.now() - start;
  const heap = () => litert.getGlobalLiteRt().liteRtWasm.HEAPU8.length;
  const before = heap();
  for (let turn = 0; turn < turns; turn++) {
    await translator.translate(texts[turn % texts.length], options);
  }
  const grown = heap() - before;
  translator.delete();
  const plain = ({ attention, ...rest }) => ({ ...rest, attention: attention?.map((row) => [...row]) ?? null });
  return {
    milliseconds,
    grown,
    found: found.map((each) => each.map((one) => ({ ...one, sentences: one.sentences.map(plain) }))),
  };
});
