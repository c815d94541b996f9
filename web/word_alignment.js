// Word alignment: attention between words, from attention between tokens, as edge/serve/words.py has it.
import { SPACE } from "./normalizer.js";

const END = "</s>";
// From here on are scripts that are written without spaces.
const EAST_ASIAN = "\u2e80";

/**
 * Returns the words of a sentence and of its translation, with the attention between them.
 *
 * @param {import("./translator.js").Sentence} sentence
 * @returns {{source: string[], target: string[], attention: number[][] | null}} attention: for each target word, the
 *   weight of each source word, between 0 and 1 and together at most 1; null if the model has none
 */
export function alignWords({ source, surfaces, target, attention }) {
  const read = surfaces.slice(0, source.length - 1);
  const written = target.at(-1) === END ? target.slice(0, -1) : target;
  const [columns, rows] = [grouped(read), grouped(written)];
  const cell = (row, column) => {
    const sums = row.map((step) => column.reduce((sum, place) => sum + attention[step][place], 0));
    return sums.reduce((sum, each) => sum + each) / row.length;
  };
  return {
    source: spelled(read, columns),
    target: spelled(written, rows),
    attention: attention && rows.map((row) => columns.map((column) => cell(row, column))),
  };
}

/** Returns the places of the tokens of each word. */
function grouped(tokens) {
  const words = [];
  tokens.forEach((token, place) => {
    if (!words.length || token.startsWith(SPACE) || token.charAt(0) >= EAST_ASIAN) {
      words.push([]);
    }
    words.at(-1).push(place);
  });
  return words;
}

function spelled(tokens, words) {
  const ends = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");
  return words.map((word) => word.map((place) => tokens[place]).join("").replace(ends, ""));
}
