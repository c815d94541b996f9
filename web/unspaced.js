// Scripts that put no spaces between words.

// First and last characters of each range: those of edge/unspaced.py.
export const UNSPACED = [
  [0x0e00, 0x0eff],
  [0x1000, 0x109f],
  [0x1780, 0x17ff],
  [0x3001, 0x312f],
  [0x31a0, 0x31ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0x9fff],
  [0xf900, 0xfaff],
  [0xff00, 0xff9f],
  [0x20000, 0x3ffff],
];

/** Returns whether a text begins with a character of a script without spaces between words. */
export function isUnspaced(text) {
  const code = text.codePointAt(0) ?? -1;
  return UNSPACED.some(([first, last]) => first <= code && code <= last);
}
