// Reads {bundle, runtime, images} or {network, images} as JSON from standard input; writes masks, overlays and PNG files
// of the images, in base64. A network is a tile with a weight and an offset of each class; its probabilities are known.
import { readBundle } from "../../web/bundle.js";
import { overlay } from "../../web/overlay.js";
import { maskPng } from "../../web/png.js";
import { Segmenter } from "../../web/segmenter.js";
import { fromFolder, input, output } from "./files.mjs";
import { loadLitert } from "./litert.mjs";

const { bundle, runtime, network, images } = input();
const base64 = (bytes) => Buffer.from(bytes).toString("base64");

function known({ height, width, channels, weights, offsets }) {
  const probability = (image, pixel, place) =>
    Math.fround(weights[place] * image[channels * pixel + (place % channels)]) + offsets[place];
  const call = async (_, { image }) => ({
    probabilities: Float32Array.from({ length: height * width * weights.length }, (_, place) =>
      probability(image, Math.floor(place / weights.length), place % weights.length),
    ),
  });
  return new Segmenter({ call }, { height, width, channels }, weights.length, 0.5);
}

await output(async () => {
  const segmenter = network
    ? known(network)
    : await Segmenter.open(await readBundle(bundle, fromFolder(bundle)), await loadLitert(runtime));
  const found = [];
  for (const { data, width, height } of images) {
    const image = { data: new Uint8ClampedArray(Buffer.from(data, "base64")), width, height };
    const mask = await segmenter.mask(image);
    const png = await maskPng(mask);
    found.push({
      mask: base64(mask.data),
      classes: mask.classes,
      overlay: base64(overlay(image, mask).data),
      png: base64(await png.arrayBuffer()),
    });
  }
  return found;
});
