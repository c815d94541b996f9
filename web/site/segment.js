// Segments an image of a file or of the camera, draws the mask over it, and saves the mask.
import { maskPng, overlay, readImage, Segmenter } from "../web/keras_s2s.js";

const at = (id) => document.getElementById(id);
const form = at("segment");
const [chosen, file, camera, save, video, picture] = ["segmenter", "image", "camera", "save", "video", "picture"].map(at);

let opened = { url: "", segmenter: null };
let shown = null;

function say(message, failed = false) {
  at("segmented").textContent = message;
  form.classList.toggle("failed", failed);
}

/** Opens the chosen bundle. Only one is open at a time: the other's memory is freed. */
function open(opening) {
  const { url } = chosen.selectedOptions[0].dataset;
  if (opened.url !== url) {
    opened.segmenter?.then((segmenter) => segmenter.delete(), () => {});
    const progress = (done, all) => say(`Loading ${chosen.value}: ${Math.floor((100 * done) / (all || 1))} %`);
    const segmenter = Segmenter.open(url, { ...opening, progress });
    opened = { url, segmenter };
    // It can be tried again.
    segmenter.catch(() => opened.segmenter === segmenter && (opened = { url: "", segmenter: null }));
  }
  return opened.segmenter;
}

async function segment(source, opening) {
  form.inert = true;
  form.classList.add("waiting");
  save.hidden = true;
  try {
    const image = await readImage(source);
    const segmenter = await open(opening);
    say("Segmenting …");
    const started = performance.now();
    const mask = await segmenter.mask(image);
    const milliseconds = Math.round(performance.now() - started);
    draw(overlay(image, mask));
    shown = { mask, name: source.name ?? "camera" };
    save.hidden = false;
    say(`${mask.width} × ${mask.height} pixels · ${marked(mask)} % of them in the mask · ${milliseconds} ms`);
  } catch (error) {
    say(error.message, true);
  } finally {
    form.classList.remove("waiting");
    form.inert = false;
  }
}

function draw({ data, width, height }) {
  Object.assign(picture, { width, height, hidden: false });
  picture.getContext("2d").putImageData(new ImageData(data, width, height), 0, 0);
}

function marked({ data }) {
  return ((100 * data.reduce((sum, id) => sum + Number(id > 0), 0)) / data.length).toFixed(1);
}

async function download() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await maskPng(shown.mask));
  link.download = `${shown.name.replace(/\.[^.]*$/, "")}.mask.png`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Shows what the camera sees; at the second press takes its picture. */
async function photograph(opening) {
  if (video.hidden) {
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      say("The camera cannot be used: it is missing, or not allowed.", true);
      return;
    }
    await video.play();
    picture.hidden = save.hidden = true;
    video.hidden = false;
    camera.textContent = "Take the picture";
    say("");
    return;
  }
  await segment(video, opening);
  video.srcObject.getTracks().forEach((track) => track.stop());
  video.hidden = true;
  camera.textContent = "Camera";
}

/**
 * Starts the form.
 *
 * @param {import("../web/keras_s2s.js").Opening} opening
 */
export function startSegmentation(opening) {
  const read = () => file.files.length && segment(file.files[0], opening);
  form.addEventListener("submit", (event) => event.preventDefault());
  file.addEventListener("change", read);
  chosen.addEventListener("change", read);
  save.addEventListener("click", download);
  camera.addEventListener("click", () => photograph(opening));
  camera.hidden = !navigator.mediaDevices;
  // What was chosen while the page was loading.
  read();
}
