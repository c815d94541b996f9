// Reads {source, target, cases} as JSON from standard input; writes the translations of models that say the same tokens
// again and again. Of each case: the text, the tokens, the logits of all others, and the limit of the length.
import { readFileSync } from "node:fs";

import { SegmentDecoder } from "../../web/segment_decoder.js";
import { EOS, Tokenizer } from "../../web/tokenizer.js";
import { input, output } from "./files.mjs";

const { source, target, cases } = input();
const [from, to] = [source, target].map((name) => new Tokenizer(readFileSync(name), name));

/** A flatbuffer whose state is the place in the target. */
function loop(tokens, others) {
  const step = (place) => {
    const logits = Float32Array.from(others);
    logits[EOS] = place < 2 ? -20 : 0.5;
    logits[tokens[place % tokens.length]] = 9;
    return { logits, state_0: Float32Array.of(place + 1) };
  };
  return {
    shape: () => [1, 128],
    tensor: () => ({ delete() {} }),
    call: async (signature, { state_0 }) => (signature === "encode" ? { state_0: Float32Array.of(0) } : step(state_0[0])),
  };
}

await output(() =>
  Promise.all(
    cases.map(async ({ text, tokens, others, limit }) => {
      const decoder = new SegmentDecoder(loop(tokens, others), from, to, limit);
      const found = await decoder.decode(from.encode(text), { beam: 1, nBest: 1 });
      return found.map((each) => to.decode(each.tokens));
    }),
  ),
);
