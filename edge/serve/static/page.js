// Translates by the server while someone types. Without this file the form works by itself.
import { say, soon, startForm } from "./form.js";

const key = document.getElementById("key");

async function translate({ text, source, target, alternatives }, signal) {
  const headers = { "Content-Type": "application/json" };
  if (key.value) {
    headers.Authorization = `Bearer ${key.value}`;
  }
  const body = JSON.stringify({ q: text, source, target, alternatives });
  let reply;
  let told;
  try {
    reply = await fetch("explain", { method: "POST", headers, signal, body });
    told = await reply.json();
  } catch (error) {
    throw error.name === "AbortError" ? error : new Error("The server does not answer.");
  }
  if (reply.status === 429) {
    say("Busy. Trying again in a moment …");
    soon(1000 * Number(reply.headers.get("Retry-After") ?? 1));
    throw new DOMException("asked again later", "AbortError");
  }
  if (!reply.ok) {
    throw new Error(told.error);
  }
  return told;
}

startForm({ languages: await (await fetch("languages")).json(), translate });
