// Reads {model, cases} as JSON from standard input, each of them with the source and what is written for it; writes
// the translations with the words that are copied. `model`: a tokenizer of both sides.
import { readFileSync } from "node:fs";
import { Tokenizer } from "../../web/tokenizer.js";
import { copyUnknown } from "../../web/unknown_words.js";
import { input, output } from "./files.mjs";

await output(() => {
  const { model, cases } = input();
  const tokenizer = new Tokenizer(readFileSync(model), model);
  return cases.map(({ text, carried, translation }) => {
    const segment = { text, carried, gap: "", last: true, kept: "", tokens: tokenizer.encode(text) };
    const attention = translation.attention && translation.attention.map((row) => Float32Array.from(row));
    const found = copyUnknown(segment, { ...translation, attention }, tokenizer, tokenizer);
    return { ...found, attention: found.attention && found.attention.map((row) => [...row]) };
  });
});
