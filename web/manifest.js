// The manifest of a bundle as text: the digest needs numbers as they are written, which JSON.parse loses (44.0).

const TOKEN = /"(?:[^"\\]|\\.)*"|[[\]{}]|[^\s[\]{}",:]+/g;

/**
 * Returns a manifest without its `digest` as compact JSON with sorted keys and escaped non-ASCII characters.
 *
 * @param {string} text a JSON object
 */
export function digestedText(text) {
  const tokens = text.match(TOKEN) ?? [];
  let place = 0;

  function value(isManifest = false) {
    const token = tokens[place++];
    if (token === "[") {
      const items = [];
      while (tokens[place] !== "]") {
        items.push(value());
      }
      place++;
      return `[${items.join(",")}]`;
    }
    if (token === "{") {
      const entries = new Map();
      while (tokens[place] !== "}") {
        entries.set(escaped(tokens[place++]), value());
      }
      place++;
      if (isManifest) {
        entries.delete('"digest"');
      }
      const keys = [...entries.keys()].sort((one, other) => (JSON.parse(one) < JSON.parse(other) ? -1 : 1));
      return `{${keys.map((key) => `${key}:${entries.get(key)}`).join(",")}}`;
    }
    return token.startsWith('"') ? escaped(token) : token;
  }

  return value(true);
}

/** Returns a string of JSON in the one form that Python writes. */
function escaped(token) {
  const unit = (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(JSON.parse(token)).replace(/[^ -~]/g, unit);
}
