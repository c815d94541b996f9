// Images of files and of the camera as pixels.
import { UserError } from "./errors.js";

// More do not fit the memory of a small machine.
const MAX_PIXELS = 64_000_000;

/**
 * Returns the pixels of an image as Python reads them: the right way up, the colours as they are in the file.
 *
 * @param {Blob | HTMLVideoElement} source an image file, or a video for its present frame
 * @returns {Promise<ImageData>}
 * @throws {UserError} the file is no image that the browser can read, or too large
 */
export async function readImage(source) {
  const name = source instanceof File ? source.name : "the image";
  let bitmap;
  try {
    bitmap = await createImageBitmap(source, { colorSpaceConversion: "none", imageOrientation: "from-image" });
  } catch (cause) {
    throw new UserError(`${name}: is no image that this browser can read; PNG, JPEG and WebP are safe`, { cause });
  }
  const { width, height } = bitmap;
  try {
    if (width * height > MAX_PIXELS) {
      const most = MAX_PIXELS.toLocaleString("en");
      throw new UserError(`${name}: ${width} x ${height} pixels are more than ${most}; make the image smaller`);
    }
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(bitmap, 0, 0);
    return context.getImageData(0, 0, width, height);
  } finally {
    bitmap.close();
  }
}
