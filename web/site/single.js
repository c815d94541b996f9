// Starts a page of a single file: `keras-s2s site --single`. Pages of a disk cannot fetch, so that all files are inside.

/** @typedef {{name: string, data: string, links: Record<string, string>}} File compressed, in base64, with what it imports */

const element = document.getElementById("files");
const [text, base] = [element.textContent, document.baseURI];
element.remove();

/**
 * Returns a URL of each file. A script is changed, and has the URLs of those that it imports.
 *
 * @param {File[]} files each one behind those that it imports
 * @param {Record<string, string>} others URLs of files that are elsewhere
 */
async function unpack(files, others = {}) {
  const urls = { ...others };
  for (const { name, data, links } of files.filter((file) => !(file.name in urls))) {
    const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
    const reply = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
    let content = await reply.blob();
    if (name.endsWith(".js")) {
      let script = await content.text();
      for (const [link, other] of Object.entries(links)) {
        script = script.replaceAll(`"${link}"`, `"${urls[other]}"`);
      }
      content = new Blob([script], { type: "text/javascript" });
    }
    urls[name] = URL.createObjectURL(content);
  }
  return urls;
}

/** Starts a worker: URLs of the page are not its own. Runs there, where it gets all that it needs. */
function startWorker(files, base, unpack) {
  const early = [];
  self.onmessage = (event) => early.push(event);
  unpack(files.filter(({ name }) => !name.startsWith("static/"))).then((urls) => {
    self.files = Object.fromEntries(Object.entries(urls).map(([name, url]) => [new URL(name, base).href, url]));
    importScripts(urls["web/worker.js"]);
    early.forEach((event) => self.onmessage(event));
  });
}

const worker = `(${startWorker})(${text}, ${JSON.stringify(base)}, ${unpack});`;
const others = { "web/worker.js": URL.createObjectURL(new Blob([worker], { type: "text/javascript" })) };
const files = JSON.parse(text).filter(({ name }) => /^(static|web)\//.test(name));
const urls = await unpack(files, others);
globalThis.opening = { runtime: "litert/" };
await import(urls["static/site.js"]);
