// Features of a source text: symbols behind it, after a tab: `walk<TAB>V;PRS;3;SG`.

const COLUMN = "\t";
const SYMBOL = ";";
const AROUND = /^[ \n\v\f\r]+|(?<![ \n\v\f\r])[ \n\v\f\r]+$/g;

/**
 * Splits a source into its text and the tokens of its features: as many tabs as the column's number, and the symbol.
 *
 * @param {string} source
 * @returns {[string, string[]]}
 */
export function splitFeatures(source) {
  const [text, ...columns] = source.split(COLUMN);
  const tokens = columns.flatMap((column, place) =>
    column
      .split(SYMBOL)
      .map((symbol) => symbol.replace(AROUND, ""))
      .filter(Boolean)
      .map((symbol) => COLUMN.repeat(place + 1) + symbol),
  );
  return [text, tokens];
}

/** Returns whether a token is that of a feature. */
export function isFeature(token) {
  return token.startsWith(COLUMN);
}
