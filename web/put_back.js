// Spans in place of their stand-ins, in a translation: as edge/put_back.py has it.
import { continues } from "./spans.js";
import { places } from "./stand_ins.js";

/** @typedef {import("./stand_ins.js").Carried} Carried */

const OPENING = "([{¿¡\"'«“„‘";
const SPACE = /\s/u;

/**
 * Returns a text with spans in place of their stand-ins, each once.
 *
 * @param {Carried[]} carried the spans
 * @param {string} masked the source with the stand-ins
 * @param {string} translation with stand-ins, all of them or not
 * @param {(carried: Carried) => number} missing where one belongs that the translation lacks
 */
export function putBack(carried, masked, translation, missing) {
  const text = completed(carried, translation, missing);
  const rest = new Map(carried.map((each) => [each.standIn, each]));
  let written = "";
  let end = 0;
  for (const place of places(carried, text)) {
    written += text.slice(end, place);
    end = place + 1;
    const own = rest.get(text[place]);
    if (!own) {
      written = written.trimEnd();
      continue;
    }
    rest.delete(text[place]);
    const before = last(masked.slice(0, own.place));
    const behind = first(masked.slice(own.place + 1));
    const end_ = last(written);
    if (SPACE.test(before) && end_ && !SPACE.test(end_) && !OPENING.includes(end_)) {
      written += " ";
    } else if (!continues(before) && continues(end_)) {
      written += " ";
    } else if (before && SPACE.test(end_) && written.trimEnd().endsWith(before)) {
      written = written.trimEnd();
    }
    written += own.text;
    if (!continues(behind) && continues(first(text.slice(end)))) {
      written += " ";
    }
  }
  return written + text.slice(end);
}

/** Returns a translation with the stand-ins that it lacks. */
function completed(carried, translation, missing) {
  const present = new Set(places(carried, translation).map((place) => translation[place]));
  const added = carried
    .filter((each) => !present.has(each.standIn))
    .map((each) => /** @type {[number, Carried]} */ ([missing(each), each]))
    .sort(([one, own], [other, another]) => other - one || another.place - own.place);
  return added.reduce((text, [place, { standIn }]) => {
    const before = text.slice(0, place).trimEnd();
    const after = text.slice(place);
    return `${before}${before ? " " : ""}${standIn}${!before && after ? " " : ""}${after}`;
  }, translation);
}

function last(text) {
  return Array.from(text.slice(-2)).at(-1) ?? "";
}

function first(text) {
  return Array.from(text.slice(0, 2))[0] ?? "";
}
