// What the scripts of these tests share: JSON on standard input and output, files of a bundle.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** Returns what the test has given. */
export function input() {
  return JSON.parse(readFileSync(0, "utf-8"));
}

/** Writes what a function returns, or the message of the error that it throws. */
export async function output(run) {
  let found;
  try {
    found = await run();
  } catch (error) {
    if (error.name !== "UserError") {
      throw error;
    }
    found = { error: error.message };
  }
  process.stdout.write(JSON.stringify(found));
}

/** Returns a function that reads the files of a bundle from a folder. */
export function fromFolder(folder) {
  return async (name) => {
    try {
      return new Uint8Array(await readFile(join(folder, name)));
    } catch (error) {
      if (error.code === "ENOENT") {
        return null;
      }
      throw error;
    }
  };
}
