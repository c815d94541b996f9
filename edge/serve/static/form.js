// The form: translates while someone types. What translates is given: a server, or the browser itself.
import { showWords } from "./words.js";

const PAUSE = 250;

const at = (id) => document.getElementById(id);
const form = at("form");
const [source, target, text, translation] = ["source", "target", "text", "translation"].map(at);
const wanted = Number(form.dataset.alternatives);
// Every language is listed as a target of itself: only these have a model for it.
const same = form.dataset.same.split(" ");

let backend;
let languages = [];
let timer;
let running = new AbortController();

const mebibytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

function language(code) {
  return languages.find((each) => each.code === code);
}

/** What a language can be translated into: with "auto", all that any can. */
function targets(code) {
  const sources = languages.filter((each) => code === "auto" || each.code === code);
  const possible = sources.flatMap((each) => each.targets.filter((to) => to !== each.code || same.includes(to)));
  return [...new Set(possible)];
}

function offerTargets() {
  const possible = targets(source.value);
  for (const option of target.options) {
    option.disabled = option.hidden = !possible.includes(option.value);
  }
  if (!possible.includes(target.value)) {
    target.value = possible[0] ?? "";
  }
  at("swap").disabled = !targetsBack();
  translation.lang = target.value;
  text.lang = source.value === "auto" ? "" : source.value;
}

function targetsBack() {
  return targets(target.value).includes(source.value);
}

/** Writes a message under the translation. */
export function say(message, failed = false) {
  at("status").textContent = message;
  form.classList.toggle("failed", failed);
}

function count() {
  const [length, most] = [text.value.length, text.maxLength];
  at("count").textContent = length ? `${length.toLocaleString("en")} of ${most.toLocaleString("en")} characters` : "";
  at("clear").hidden = !length;
}

/** Translates what the form holds, after a pause in milliseconds in which nothing else is asked. */
export function soon(pause = PAUSE) {
  count();
  clearTimeout(timer);
  timer = setTimeout(translate, pause);
}

async function translate() {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  if (!text.value.trim()) {
    show({ readings: [] });
    return;
  }
  form.classList.add("waiting");
  try {
    const asked = { text: text.value, source: source.value, target: target.value, alternatives: wanted };
    const told = await backend.translate(asked, signal);
    if (!signal.aborted) {
      show(told);
    }
  } catch (error) {
    if (error.name !== "AbortError" && !signal.aborted) {
      say(error.message, true);
    }
  } finally {
    if (running.signal === signal) {
      form.classList.remove("waiting");
    }
  }
}

function show({ readings, milliseconds, models, source: found }) {
  const detected = source.value === "auto" && found ? `${language(found)?.name ?? found} · ` : "";
  say(readings.length ? `${detected}${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms` : "");
  if (models) {
    at("model").textContent = models
      .map((model) => `${model.name} · ${mebibytes(model.bytes)} · ${model.quantization}`)
      .join("  +  ");
  }
  form.classList.remove("waiting");
  at("others").hidden = readings.length < 2;
  at("alternatives").replaceChildren(...readings.map((reading, place) => alternative(reading, place, readings)));
  choose(readings, 0);
}

function alternative(reading, place, readings) {
  const button = document.createElement("button");
  const words = document.createElement("span");
  const sure = document.createElement("span");
  const item = document.createElement("li");
  button.type = "button";
  words.dir = "auto";
  words.lang = target.value;
  words.textContent = reading.text;
  sure.className = "sure";
  sure.title = "Confidence of the model, which is not the accuracy";
  sure.textContent = `${Math.round(100 * reading.confidence)} % sure`;
  button.append(words, sure);
  button.addEventListener("click", () => choose(readings, place));
  item.append(button);
  return item;
}

/** Makes one of the translations the one that is shown. */
function choose(readings, place) {
  const reading = readings[place];
  translation.textContent = reading?.text ?? "";
  at("copy").hidden = !reading;
  at("alternatives").querySelectorAll("button").forEach((button, each) => {
    button.setAttribute("aria-pressed", String(each === place));
  });
  at("words").hidden = !showWords(at("alignment"), at("heat"), reading?.sentences ?? [], [text.lang, target.value]);
}

function swap() {
  if (at("swap").disabled) {
    return;
  }
  [source.value, target.value] = [target.value, source.value];
  text.value = translation.textContent || text.value;
  offerTargets();
  soon(0);
}

async function copy() {
  try {
    await navigator.clipboard.writeText(translation.textContent);
    say("Copied.");
  } catch {
    // Only pages of https and of this machine may write there: select it, and let the person copy.
    getSelection().selectAllChildren(translation);
    say("Selected: copy it with your keyboard.");
  }
}

function listen() {
  text.addEventListener("input", () => soon());
  at("key").addEventListener("change", () => soon(0));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    soon(0);
  });
  for (const select of [source, target]) {
    select.addEventListener("change", () => {
      offerTargets();
      soon(0);
    });
  }
  at("swap").addEventListener("click", swap);
  at("copy").addEventListener("click", copy);
  at("clear").addEventListener("click", () => {
    text.value = "";
    text.focus();
    soon(0);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && event.code === "KeyS") {
      event.preventDefault();
      swap();
    } else if (event.ctrlKey && event.key === "Enter") {
      soon(0);
    }
  });
}

/**
 * Starts the form.
 *
 * @param {object} given
 * @param {{code: string, name: string, targets: string[]}[]} given.languages
 * @param {(asked: {text: string, source: string, target: string, alternatives: number}, signal: AbortSignal) =>
 *   Promise<object>} given.translate returns `readings`, `milliseconds`, `models` and `source`; the message of an error
 *   is for the person
 */
export function startForm(given) {
  backend = given;
  languages = given.languages;
  listen();
  offerTargets();
  at("swap").hidden = false;
  // There is nothing to send when everything is translated as it is typed; a key is still to be entered.
  at("go").parentElement.hidden = at("key").parentElement.hidden;
  soon(0);
}
