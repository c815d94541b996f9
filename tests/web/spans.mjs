// Reads {texts} as JSON; writes the spans of each, and where its own text begins and ends.
import { findSpans, ownText } from "../../web/spans.js";
import { input, output } from "./files.mjs";

const { texts } = input();
await output(() =>
  texts.map((text) => {
    const spans = findSpans(text);
    const own = text.slice(...ownText(text, spans));
    return { spans: spans.map(({ start, end, kind }) => [text.slice(start, end), kind]), own };
  }),
);
