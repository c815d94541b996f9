// Reads {cases, model} as JSON from standard input; writes what repetition.js says of tokens, and tokenizer.js of words.
import { readFileSync } from "node:fs";

import { canRepeat, frequencies, inARow, repeats, tooFrequent, words } from "../../web/repetition.js";
import { Tokenizer } from "../../web/tokenizer.js";
import { UNSPACED } from "../../web/unspaced.js";
import { input, output } from "./files.mjs";

const { cases, model } = input();
await output(() => {
  const tokenizer = new Tokenizer(readFileSync(model), model);
  const begins = (token) => token % 2 === 0;
  return {
    found: cases.map(({ source, target, most, more }) => ({
      frequencies: frequencies(target),
      inARow: inARow(target),
      words: words(target, begins),
      repeats: repeats(source, target, more),
      canRepeat: canRepeat(target, more),
      byWords: repeats(words(source, begins), words(target, begins), more),
      tooFrequent: [...tooFrequent(target, most)].sort((one, other) => one - other),
    })),
    begins: Array.from({ length: tokenizer.length }, (_, token) => tokenizer.beginsWord(token)),
    unspaced: UNSPACED,
  };
});
