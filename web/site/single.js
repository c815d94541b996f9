// Starts a page of a single file: `keras-s2s site --single`. Pages of a disk cannot fetch, so that all files are inside.

/** @type {{name: string, data: string, links: Record<string, string>}[]} compressed, each one behind those it links to */
const files = JSON.parse(document.getElementById("files").textContent);
document.getElementById("files").remove();

/** @type {Record<string, string>} */
const urls = {};
for (const { name, data, links } of files) {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const reply = new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
  if (name.endsWith(".js")) {
    let script = await reply.text();
    for (const [link, other] of Object.entries(links)) {
      script = script.replaceAll(`"${link}"`, `"${urls[other]}"`);
    }
    urls[name] = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  } else {
    urls[name] = URL.createObjectURL(await reply.blob());
  }
}
const expected = (name) => new URL(name, document.baseURI).href;
globalThis.opening = {
  runtime: "litert/",
  files: Object.fromEntries(Object.entries(urls).map(([name, url]) => [expected(name), url])),
};
await import(urls["static/site.js"]);
