// Records speech or reads an audio file, and shows the transcript. Without this file the form works by itself.
const at = (id) => document.getElementById(id);
const form = at("speech");
const [recognizer, record, file, transcript] = ["recognizer", "record", "file", "transcript"].map(at);
// In milliseconds; recorders end a little late.
const longest = 990 * Number(form.dataset.seconds);

let recorder;

function say(message, failed = false) {
  at("heard").textContent = message;
  form.classList.toggle("failed", failed);
}

function chosen() {
  return recognizer.selectedOptions[0].dataset;
}

async function begin() {
  let stream;
  // While the person is asked.
  record.disabled = true;
  try {
    // Models learn from recordings as they are: what is made for calls takes sounds away from them.
    const audio = { echoCancellation: false, noiseSuppression: false };
    stream = await navigator.mediaDevices.getUserMedia({ audio });
  } catch {
    say("The microphone cannot be used: it is missing, or not allowed.", true);
    return;
  } finally {
    record.disabled = false;
  }
  const parts = [];
  recorder = new MediaRecorder(stream);
  const timer = setTimeout(end, longest);
  recorder.addEventListener("dataavailable", (event) => parts.push(event.data));
  recorder.addEventListener("stop", () => {
    clearTimeout(timer);
    stream.getTracks().forEach((track) => track.stop());
    recorder = undefined;
    mark(false);
    transcribe(new Blob(parts, { type: parts[0]?.type }));
  });
  recorder.start();
  mark(true);
  say("Recording. Press Stop when you have spoken.");
}

function end() {
  if (recorder?.state === "recording") {
    recorder.stop();
  }
}

function mark(recording) {
  record.textContent = recording ? "Stop" : "Record";
  record.classList.toggle("recording", recording);
}

/** A sound as the model reads it: one channel at its rate. What the browser cannot read, the server may. */
async function asWav(sound) {
  const rate = Number(chosen().rate);
  try {
    const decoded = await new OfflineAudioContext(1, 1, rate).decodeAudioData(await sound.arrayBuffer());
    return wav(mixed(decoded), rate);
  } catch {
    return sound;
  }
}

function mixed(decoded) {
  const sum = new Float32Array(decoded.length);
  for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
    decoded.getChannelData(channel).forEach((sample, place) => {
      sum[place] += sample / decoded.numberOfChannels;
    });
  }
  return sum;
}

/** A WAV file of 16 bits. */
function wav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const write = (place, text) => [...text].forEach((letter, each) => view.setUint8(place + each, letter.charCodeAt(0)));
  write(0, "RIFF");
  view.setUint32(4, view.byteLength - 8, true);
  write(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, 2 * rate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  write(36, "data");
  view.setUint32(40, 2 * samples.length, true);
  samples.forEach((sample, place) => {
    view.setInt16(44 + 2 * place, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true);
  });
  return new Blob([view.buffer], { type: "audio/wav" });
}

async function transcribe(sound) {
  form.classList.add("waiting");
  say("Transcribing …");
  try {
    const started = performance.now();
    const body = new FormData();
    body.append("model", recognizer.value);
    body.append("file", await asWav(sound), "audio.wav");
    const key = (at("key") ?? at("speech-key")).value;
    const headers = key ? { Authorization: `Bearer ${key}` } : {};
    const reply = await fetch(form.getAttribute("action"), { method: "POST", headers, body });
    const told = await reply.json();
    if (reply.ok) {
      show(told.text, performance.now() - started);
    } else {
      say(told.error.message, true);
    }
  } catch {
    say("The server does not answer.", true);
  } finally {
    form.classList.remove("waiting");
  }
}

function show(text, milliseconds) {
  const { language } = chosen();
  transcript.lang = language;
  transcript.textContent = text;
  say(text ? `${Math.round(milliseconds)} ms` : "No speech was heard.");
  if (text) {
    hand(text, language);
  }
}

/** Has the text translated, if its language can be. */
function hand(text, language) {
  const source = at("source");
  if (source && [...source.options].some((option) => option.value === language)) {
    at("text").value = text;
    source.value = language;
    source.dispatchEvent(new Event("change"));
  }
}

function start() {
  record.hidden = !(navigator.mediaDevices && window.MediaRecorder);
  record.addEventListener("click", () => (recorder ? end() : begin()));
  file.addEventListener("change", () => file.files.length && transcribe(file.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    transcribe(file.files[0]);
  });
  // A file is sent when it is chosen, and the page has one field for the key.
  at("transcribe").hidden = true;
  if (at("key")) {
    at("speech-key").parentElement.hidden = true;
  }
}

start();
