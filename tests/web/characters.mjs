// Writes what web/ knows of characters: case folding of every code point, white space, invisible characters.
import { caseFolded, strip } from "../../web/characters.js";
import { INVISIBLE } from "../../web/verbatim.js";
import { output } from "./files.mjs";

await output(() => {
  const points = Array.from({ length: 0x110000 }, (_, point) => point).filter((point) => point < 0xd800 || point > 0xdfff);
  const characters = points.map((point) => String.fromCodePoint(point));
  return {
    folded: characters.map(caseFolded),
    spaces: points.filter((_, place) => strip(characters[place]) === ""),
    invisible: INVISIBLE,
  };
});
