// Tiles that cover an image.

/**
 * @typedef {object} Span of a tile, along one side of an image
 * @property {number} start first pixel
 * @property {number} end the one after the last pixel
 * @property {Float32Array} weights how much each pixel counts: of all tiles together 1 for each pixel of the image
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
  // From 0 to 1 within the middle quarter of the overlap.
  const ramp = Float32Array.from({ length: overlap }, (_, place) =>
    Math.min(1, Math.max(0, (place + 0.5 - (3 * overlap) / 8) / Math.max(overlap / 4, 1))),
  );
  const found = [];
  for (let start = 0; ; start += tile - overlap) {
    const end = Math.min(start + tile, size);
    const weights = new Float32Array(end - start).fill(1);
    ramp.forEach((weight, place) => {
      if (start) {
        weights[place] *= weight;
      }
      if (end < size) {
        weights[end - start - overlap + place] *= Math.fround(1 - weight);
      }
    });
    found.push({ start, end, weights });
    if (end === size) {
      return found;
    }
  }
}
