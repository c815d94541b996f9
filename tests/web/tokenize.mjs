// Reads {model, texts, ids} as JSON from standard input; writes what the tokenizer of web/ makes of them.
import { readFileSync } from "node:fs";

import { Tokenizer } from "../../web/tokenizer.js";
import { input, output } from "./files.mjs";

const { model, texts = [], ids = [], longest = 8 } = input();
await output(() => {
  const tokenizer = new Tokenizer(readFileSync(model), model);
  const encoded = texts.map((text) => tokenizer.encode(text));
  return {
    length: tokenizer.length,
    ids: encoded,
    surfaces: texts.map((text) => tokenizer.surfaces(text)),
    cut: texts.map((text, place) => tokenizer.cut(text, encoded[place], longest)),
    texts: ids.map((each) => tokenizer.decode(each)),
    tokens: Array.from({ length: tokenizer.length }, (_, id) => tokenizer.token(id)),
  };
});
