// Classes of characters as Python has them, where JavaScript's own differ.

// White space of str.strip() and \s; \s of JavaScript lacks some control characters and has the byte-order mark.
export const SPACES = String.raw`\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000`;

const AROUND = new RegExp(`^[${SPACES}]+|(?<![${SPACES}])[${SPACES}]+$`, "gu");

/** Returns a text without the white space around it: Python's `strip`. */
export function strip(text) {
  return text.replace(AROUND, "");
}

/** Returns a text as Python's `casefold` does. */
export function caseFolded(text) {
  return Array.from(text, (character) => {
    // Unicode leaves the i without a dot alone, and folds Cherokee to capitals.
    if (character === "ı") {
      return character;
    }
    const upper = character.toLowerCase().toUpperCase();
    return /\p{Script=Cherokee}/u.test(upper) ? upper : Array.from(upper, (each) => each.toLowerCase()).join("");
  }).join("");
}
