// An image with its mask as an overlay: as edge/images.py draws it.

/** @typedef {import("./segmenter.js").Pixels} Pixels */

// Colour of each class; there may be more classes than colours.
const COLOURS = [
  [230, 60, 60],
  [60, 160, 230],
  [90, 200, 90],
  [240, 180, 40],
  [170, 90, 220],
  [60, 200, 190],
  [240, 130, 200],
];
const TINT = 0.35;

/**
 * Returns an image with its mask: each class except 0 has a colour and an outline.
 *
 * @param {Pixels} image
 * @param {import("./segmenter.js").Mask} mask of the same size
 * @returns {Pixels} opaque
 */
export function overlay({ data, width, height }, { data: ids }) {
  const drawn = new Uint8ClampedArray(data);
  for (let row = 0, place = 0; row < height; row++) {
    for (let column = 0; column < width; column++, place++) {
      drawn[4 * place + 3] = 255;
      const id = ids[place];
      if (!id) {
        continue;
      }
      // A pixel is on the outline if one of its four neighbours is of another class.
      const isOutline =
        (row > 0 && ids[place - width] !== id) ||
        (row < height - 1 && ids[place + width] !== id) ||
        (column > 0 && ids[place - 1] !== id) ||
        (column < width - 1 && ids[place + 1] !== id);
      COLOURS[(id - 1) % COLOURS.length].forEach((colour, channel) => {
        const own = data[4 * place + channel];
        drawn[4 * place + channel] = own + (isOutline ? 1 : TINT) * (colour - own);
      });
    }
  }
  return { data: drawn, width, height };
}
