// Reads {model, texts, ids, cut} as JSON from standard input; writes what the tokenizer of web/ makes of them.
import { readFileSync } from "node:fs";

import { Tokenizer } from "../../web/tokenizer.js";

const { model, texts = [], ids = [], longest = 8 } = JSON.parse(readFileSync(0, "utf-8"));
try {
  const tokenizer = new Tokenizer(readFileSync(model), model);
  const encoded = texts.map((text) => tokenizer.encode(text));
  const found = {
    length: tokenizer.length,
    ids: encoded,
    cut: texts.map((text, place) => tokenizer.cut(text, encoded[place], longest)),
    texts: ids.map((each) => tokenizer.decode(each)),
    tokens: Array.from({ length: tokenizer.length }, (_, id) => tokenizer.token(id)),
  };
  process.stdout.write(JSON.stringify(found));
} catch (error) {
  process.stdout.write(JSON.stringify({ error: `${error.name}: ${error.message}` }));
}
