// Reading a bundle: a manifest that names, measures and vouches for every other file. `docs/bundle.md` specifies it.
import { UserError } from "./errors.js";
import { digestedText } from "./manifest.js";

const FORMAT_VERSION = 2;
const MANIFEST = "manifest.json";
const MODEL = "model.tflite";

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value) => typeof value === "string";

// What every manifest holds, and whether a value may stand there.
const KEYS = {
  format_version: Number.isInteger,
  task: isText,
  quantization: isText,
  runtimes: Array.isArray,
  signatures: isObject,
  operators: Array.isArray,
  limits: isObject,
  files: isObject,
  scores: isObject,
  digest: isText,
};

/**
 * @typedef {(name: string, again?: boolean) => Promise<Uint8Array | null>} Load reads a file of a bundle, if it has to
 *   be again then not from a cache; null if there is none
 * @typedef {(done: number, all: number) => void} Progress is told of bytes read, of how many there are
 */

/** A bundle whose files are what its manifest says. */
export class Bundle {
  #files;

  /**
   * @param {string} name of the bundle, for messages
   * @param {Record<string, any>} manifest
   * @param {Map<string, Uint8Array>} files by name
   */
  constructor(name, manifest, files) {
    this.name = name;
    this.manifest = manifest;
    this.#files = files;
  }

  /** The TFLite file. */
  get model() {
    return /** @type {Uint8Array} */ (this.#files.get(MODEL));
  }

  /** Size of all files but the manifest, in bytes. */
  get bytes() {
    return [...this.#files.values()].reduce((sum, file) => sum + file.length, 0);
  }

  /** @throws {UserError} the bundle is for another task */
  requireTask(task) {
    if (this.manifest.task !== task) {
      throw new UserError(`${this.name}: is for ${this.manifest.task}, not for ${task}`);
    }
  }

  /** @throws {UserError} the bundle has dynamic shapes, which the runtime of browsers cannot run */
  requireStatic() {
    if (this.manifest.static !== true) {
      throw new UserError(
        `${this.name}: has dynamic shapes; export the run again with: ` +
          "keras-s2s export RUN --format tflite --static --out BUNDLE",
      );
    }
  }

  /** Returns a positive limit of the manifest, for example `max_source_length`. */
  limit(name) {
    const value = this.manifest.limits[name];
    if (!Number.isInteger(value) || value < 1) {
      throw new UserError(`${this.name}/${MANIFEST}: limits.${name} is ${JSON.stringify(value)}, not a positive number`);
    }
    return value;
  }

  /** Returns a list of words of the manifest, for example `abbreviations`; empty if there is none. */
  words(key) {
    const value = this.manifest[key] ?? [];
    if (!Array.isArray(value) || !value.every(isText)) {
      throw new UserError(`${this.name}/${MANIFEST}: ${key} is no list of words; export the run again`);
    }
    return value;
  }

  /**
   * Returns name and content of a file that the manifest refers to, for example `tokenizers.source`.
   *
   * @returns {[string, Uint8Array]}
   */
  file(key, side) {
    const name = this.manifest[key]?.[side];
    const content = this.#files.get(name);
    if (!content) {
      throw new UserError(
        `${this.name}/${MANIFEST}: ${key}.${side} is ${JSON.stringify(name)}, which is no file of the bundle`,
      );
    }
    return [`${this.name}/${name}`, content];
  }
}

/**
 * Reads a bundle and checks every byte of it.
 *
 * @param {string} name of the bundle, for messages: its URL
 * @param {Load} load
 * @param {Progress} progress
 * @returns {Promise<Bundle>}
 * @throws {UserError} it is no bundle, of another format version, incomplete or damaged
 */
export async function readBundle(name, load = fetched(name), progress = () => {}) {
  if (!globalThis.crypto?.subtle) {
    throw new UserError(`${name}: cannot be checked on a page without encryption; open the page with https`);
  }
  const bytes = await load(MANIFEST, true);
  if (!bytes) {
    throw new UserError(`${name}: is not a bundle: it has no ${MANIFEST}`);
  }
  const manifest = await readManifest(`${name}/${MANIFEST}`, bytes);
  const entries = Object.entries(manifest.files);
  const all = entries.reduce((sum, [, entry]) => sum + (entry?.bytes || 0), 0);
  const files = new Map();
  let done = 0;
  progress(done, all);
  for (const [file, entry] of entries) {
    if (/[/\\]/.test(file) || ["", ".", ".."].includes(file)) {
      throw new UserError(`${name}/${MANIFEST}: ${JSON.stringify(file)} is not a file name in the bundle`);
    }
    let content = await load(file);
    // What a browser has kept may be of another version.
    if (!(await matches(content, entry))) {
      content = await load(file, true);
    }
    if (!content) {
      throw new UserError(`${name}/${file}: is missing; copy the bundle again`);
    }
    if (!(await matches(content, entry))) {
      throw new UserError(
        `${name}/${file}: is damaged: size or sha256 differ from the manifest; copy the bundle again`,
      );
    }
    files.set(file, content);
    progress((done += content.length), all);
  }
  if (!files.has(MODEL)) {
    throw new UserError(`${name}/${MANIFEST}: lists no ${MODEL}`);
  }
  return new Bundle(name, manifest, files);
}

/**
 * Returns a function that fetches the files of a bundle from a web server.
 *
 * @param {string} url of the bundle's folder
 * @param {(url: string) => string} locate says where a file is that is expected at a URL
 * @returns {Load}
 */
export function fetched(url, locate = (expected) => expected) {
  return async (name, again = false) => {
    let reply;
    try {
      reply = await fetch(locate(`${url}/${encodeURIComponent(name)}`), { cache: again ? "reload" : "default" });
    } catch (cause) {
      throw new UserError(`${url}/${name}: cannot be fetched (${cause.message}); check the connection`, { cause });
    }
    if (reply.status === 404) {
      return null;
    }
    if (!reply.ok) {
      throw new UserError(`${url}/${name}: cannot be fetched (status ${reply.status})`);
    }
    return new Uint8Array(await reply.arrayBuffer());
  };
}

async function readManifest(name, bytes) {
  let text;
  let manifest;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    manifest = JSON.parse(text);
  } catch (cause) {
    throw new UserError(`${name}: is damaged: not readable as JSON (${cause.message})`, { cause });
  }
  if (!isObject(manifest)) {
    throw new UserError(`${name}: is damaged: not a JSON object`);
  }
  const version = manifest.format_version;
  if (Number.isInteger(version) && version > FORMAT_VERSION) {
    throw new UserError(`${name}: format version ${version} is newer than ${FORMAT_VERSION}; update keras-s2s`);
  }
  if (Number.isInteger(version) && version < FORMAT_VERSION) {
    throw new UserError(
      `${name}: format version ${version} is older than ${FORMAT_VERSION}; export the run again with: ` +
        "keras-s2s export RUN --format tflite --out BUNDLE",
    );
  }
  for (const [key, fits] of Object.entries(KEYS)) {
    if (!fits(manifest[key])) {
      throw new UserError(`${name}: is damaged: ${key} is missing or of the wrong type`);
    }
  }
  if (manifest.digest !== (await sha256(new TextEncoder().encode(digestedText(text))))) {
    throw new UserError(`${name}: is damaged: its content does not match its digest; copy the bundle again`);
  }
  return manifest;
}

async function matches(content, entry) {
  return content !== null && content.length === entry?.bytes && (await sha256(content)) === entry.sha256;
}

async function sha256(bytes) {
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
