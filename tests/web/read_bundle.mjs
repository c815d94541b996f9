// Reads {bundle, url} as JSON from standard input; writes what readBundle of web/ says of the bundle.
import { fetched, readBundle } from "../../web/bundle.js";
import { fromFolder, input, output } from "./files.mjs";

const { bundle, url } = input();
await output(async () => {
  const steps = [];
  const load = url ? fetched(url) : fromFolder(bundle);
  const read = await readBundle(url ?? bundle, load, (done, all) => steps.push([done, all]));
  const [, source] = read.file("tokenizers", "source");
  return {
    manifest: read.manifest,
    bytes: read.bytes,
    model: read.model.length,
    source: source.length,
    limit: read.limit("max_source_length"),
    words: read.words("abbreviations"),
    steps,
  };
});
