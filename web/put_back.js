// Spans in place of their stand-ins, in a translation: as edge/put_back.py has it.
import { continues } from "./spans.js";
import { places } from "./stand_ins.js";

/** @typedef {import("./stand_ins.js").Carried} Carried */

const OPENING = "([{¿¡\"'«“„‘";
const FINAL = ".!?…。！？";
const ENDING = /[.!?…。！？ ]+$/u;
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
  const text = ended(carried, masked, completed(carried, translation, missing));
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
    const tail = last(written);
    if ((!before || SPACE.test(before)) && tail && !SPACE.test(tail) && !OPENING.includes(tail)) {
      written += " ";
    } else if (!continues(before) && continues(tail)) {
      written += " ";
    } else if (before && SPACE.test(tail) && written.trimEnd().endsWith(before)) {
      written = written.trimEnd();
    }
    written += own.text;
    if (!continues(behind) && continues(first(text.slice(end)))) {
      written += " ";
    }
  }
  return written + text.slice(end);
}

/** Returns a text that does not end before stand-ins at its end, if the source does not: `Now? X` for `Now X?`. */
function ended(carried, masked, text) {
  const found = places(carried, text);
  const end = text.replace(ENDING, "").length;
  let start = end;
  while (found.length && start === found[found.length - 1] + 1) {
    start = text.slice(0, found.pop()).trimEnd().length;
  }
  const before = text.slice(0, start);
  const mark = before.slice(-1);
  if (start === end || !mark || !FINAL.includes(mark) || (mark === "." && end < text.trimEnd().length)) {
    return text;
  }
  const [standIn] = text.slice(start).trimStart();
  const own = carried.find((each) => each.standIn === standIn);
  const read = masked.slice(0, own?.place ?? 0).trimEnd();
  if (!read || FINAL.includes(read.slice(-1))) {
    return text;
  }
  const body = before.replace(ENDING, "");
  return `${body}${text.slice(start, end)}${text.slice(end).trim() || before.slice(body.length).trim()}`;
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
