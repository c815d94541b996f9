// Reads {model, longest, letterless, abbreviations, texts} as JSON; writes the segments that the reader of web/ finds.
import { readFileSync } from "node:fs";

import { joinTexts, TextReader } from "../../web/reader.js";
import { Tokenizer } from "../../web/tokenizer.js";
import { input, output } from "./files.mjs";

const { model, longest, letterless, abbreviations, texts } = input();
await output(() => {
  const reader = new TextReader(new Tokenizer(readFileSync(model), model), longest, letterless, abbreviations);
  const plain = ({ text, gap, last, tokens, kept }) => [text, gap, last, tokens, kept];
  return texts.map((text) => {
    const [segments, sentences] = [reader.segments(text), reader.sentences(text)];
    const joined = joinTexts(
      sentences,
      sentences.map((sentence) => sentence.text),
    );
    return [segments.map(plain), sentences.map(plain), joined];
  });
});
