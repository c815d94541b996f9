// From image to mask, in the browser: as edge/segmenter.py has it.
import { UserError } from "./errors.js";
import { Flatbuffer } from "./flatbuffer.js";
import { spans } from "./tiles.js";

/**
 * @typedef {object} Pixels an image, with the properties of `ImageData`
 * @property {Uint8ClampedArray | Uint8Array} data red, green, blue and opacity of each pixel, row by row
 * @property {number} width
 * @property {number} height
 *
 * @typedef {object} Mask
 * @property {Uint8Array} data class of each pixel, row by row; 1 is foreground if there is a single class
 * @property {number} width
 * @property {number} height
 * @property {number} classes 1 if masks are binary
 */

// Of neighbouring tiles, in pixels, but at most a quarter of a tile.
const OVERLAP = 128;

// Red, green and blue to grey, as ITU-R BT.601 has it.
const LUMINANCE = [0.299, 0.587, 0.114];

/** Segments images with a bundle of static shapes: in overlapping tiles, each one blended into the next. */
export class Segmenter {
  #flatbuffer;
  #tile;
  #classes;
  #threshold;

  /** Use `open`. */
  constructor(flatbuffer, tile, classes, threshold) {
    this.#flatbuffer = flatbuffer;
    this.#tile = tile;
    this.#classes = classes;
    this.#threshold = threshold;
  }

  /**
   * @param {import("./bundle.js").Bundle} bundle as `readBundle` returns it
   * @param {typeof import("@litertjs/core")} litert the module, after its `loadLiteRt`
   * @returns {Promise<Segmenter>}
   * @throws {UserError} the bundle is for another task, has dynamic shapes, or the runtime cannot run it
   */
  static async open(bundle, litert) {
    bundle.requireTask("segmentation");
    bundle.requireStatic();
    const { threshold, classes } = bundle.manifest;
    if (typeof threshold !== "number" || !(threshold > 0 && threshold < 1)) {
      throw new UserError(`${bundle.name}: its manifest's threshold is ${threshold}, not a number between 0 and 1`);
    }
    const flatbuffer = await Flatbuffer.open(litert, bundle.model, `${bundle.name}/model.tflite`);
    const [, height, width, channels] = flatbuffer.shape("segment", "image");
    // Probabilities are 32-bit floats.
    return new Segmenter(flatbuffer, { height, width, channels }, classes, Math.fround(threshold));
  }

  /**
   * Segments an image of any size.
   *
   * @param {Pixels} image
   * @returns {Promise<Mask>}
   * @throws {UserError} the image is empty, or its data have another size
   */
  async mask(image) {
    const { data, width, height } = image;
    if (!(width > 0 && height > 0) || data.length !== 4 * width * height) {
      throw new UserError(`an image of ${width} x ${height} pixels has 4 numbers per pixel, not ${data.length} in all`);
    }
    const mask = new Uint8Array(width * height);
    const overlap = Math.min(OVERLAP, Math.floor(Math.min(this.#tile.height, this.#tile.width) / 4));
    const across = spans(width, this.#tile.width, overlap);
    // Probabilities of a row of tiles. The whole image's may not fit the memory.
    const row = width * this.#classes;
    const sums = new Float32Array(Math.min(height, this.#tile.height) * row);
    for (const { start, end, weights } of spans(height, this.#tile.height, overlap)) {
      for (const columns of across) {
        const input = { image: this.#read(image, { start, end }, columns) };
        const { probabilities } = await this.#flatbuffer.call("segment", input);
        this.#add(sums, row, probabilities, weights, columns);
      }
      // What the next row of tiles has, too, is not done.
      const done = end < height ? end - start - overlap : end - start;
      for (let pixel = 0; pixel < done * width; pixel++) {
        mask[start * width + pixel] = this.#class(sums, pixel * this.#classes);
      }
      sums.copyWithin(0, done * row).fill(0, sums.length - done * row);
    }
    return { data: mask, width, height, classes: this.#classes };
  }

  /** Frees the model. */
  delete() {
    this.#flatbuffer.delete();
  }

  /** Returns a tile as the network reads it; beyond the image it is like its edge. */
  #read({ data, width }, rows, columns) {
    const tile = this.#tile;
    const floats = new Float32Array(tile.height * tile.width * tile.channels);
    let place = 0;
    for (let y = 0; y < tile.height; y++) {
      const row = Math.min(rows.start + y, rows.end - 1) * width;
      for (let x = 0; x < tile.width; x++) {
        const pixel = 4 * (row + Math.min(columns.start + x, columns.end - 1));
        if (tile.channels === 1) {
          floats[place++] = LUMINANCE.reduce((sum, part, colour) => sum + part * data[pixel + colour], 0) / 255;
        } else {
          for (let colour = 0; colour < 3; colour++) {
            floats[place++] = data[pixel + colour] / 255;
          }
        }
      }
    }
    return floats;
  }

  /** Adds the probabilities of a tile, each one as much as it counts. */
  #add(sums, row, probabilities, weights, columns) {
    const classes = this.#classes;
    weights.forEach((weight, y) => {
      columns.weights.forEach((other, x) => {
        const [from, to] = [(y * this.#tile.width + x) * classes, y * row + (columns.start + x) * classes];
        const both = Math.fround(weight * other);
        for (let each = 0; each < classes; each++) {
          sums[to + each] += Math.fround(probabilities[from + each] * both);
        }
      });
    });
  }

  /** Returns the class of a pixel: of several the most probable one, the first of equal ones. */
  #class(probabilities, place) {
    if (this.#classes === 1) {
      return Number(probabilities[place] >= this.#threshold);
    }
    let best = 0;
    for (let each = 1; each < this.#classes; each++) {
      if (probabilities[place + each] > probabilities[place + best]) {
        best = each;
      }
    }
    return best;
  }
}
