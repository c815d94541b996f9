// Tiles that cover an image.

/**
 * @typedef {object} Span of a tile, along one side of an image, in pixels
 * @property {number} start first pixel that it reads
 * @property {number} end the one after its last pixel
 * @property {number} first first pixel of those that are used
 * @property {number} last the one after the last of these
 */

/**
 * Covers a side with tiles; the last one is shorter, so that all of them begin on the network's grid.
 *
 * @param {number} size of the side
 * @param {number} tile its size
 * @param {number} overlap of neighbouring tiles
 * @returns {Span[]}
 */
export function spans(size, tile, overlap) {
  const found = [];
  for (let start = 0; ; start += tile - overlap) {
    const end = Math.min(start + tile, size);
    const first = start ? start + Math.floor(overlap / 2) : 0;
    found.push({ start, end, first, last: end < size ? end - Math.floor(overlap / 2) : size });
    if (end === size) {
      return found;
    }
  }
}
