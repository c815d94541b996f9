"""Run the commands of the pages, in order, in an empty directory, with short trainings:

    python scripts/walkthrough.py [PAGE...]

It uses generated number words in place of downloads, and the toy bundle in place of the demo's. What it does not run is
printed with the reason. It ends with status 1 if a command fails.
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import soundfile

ROOT = Path(__file__).resolve().parents[1]
PAGES = (
    "README.md",
    "docs/tutorial-raspberry-pi.md",
    "docs/tutorial-images.md",
    "docs/tutorial-speech.md",
    "docs/tutorial-words.md",
    "docs/quickstart.md",
    "docs/training.md",
    "docs/decoding.md",
    "docs/compression.md",
    "docs/export.md",
    "docs/words.md",
    "docs/segmentation.md",
    "docs/speech.md",
)
MINUTES = "0.3"
# Commands that are tried elsewhere, or that need what this directory has not.
SKIPPED = {
    r"make ": "a target of its own",
    r"source |python3 -m venv|\S*pip ": "sets up an environment; make package does this",
    r"scp ": "needs a device",
    r"curl |python -m edge serve": "tests/edge/serve/test_docs.py runs these",
    r"keras-s2s fetch (tatoeba|cmudict)": "downloads",
    r"keras-s2s demo": "make demo, and its own test",
    r"paste ": "needs files of the reader",
}
# What a reader puts in place of these.
FILLED = {
    r"RUN\|BUNDLE IMAGE\.\.\.": "BUNDLE SET/images/0000.png",
    r"\bin\.png\b": "SET/images/0000.png",
    r"RUN\|BUNDLE recording": "RUN recording",
    r"translate/bin/python": "python",
    r"--max-minutes [\d.]+": f"--max-minutes {MINUTES}",
    r"--epochs \d+": "--epochs 1",
    # The toy bundle knows number words only.
    "My sis": "on",
}
# Trainings that have no time limit on their page get one, and small networks.
TRAINING = re.compile(r"keras-s2s (train|compress) ")
SMALL = {
    "segmentation": "--set model.filters=4 --set train.patch=64 --set train.epoch_steps=2",
    "speech": "--set model.units=32 --set model.embedding=16 --set audio.filters=4",
    "translation": "--set model.units=32 --set model.embedding=16 --set train.average=0",
}


def commands(page: str) -> Iterator[str]:
    """Yield the command lines of the `sh` blocks of a page, and its `python` blocks, as a reader runs them."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for kind, block in re.findall(r"^```(sh|python)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        if kind == "python":
            yield f"python - <<'END'\n{block}END"
        else:
            yield from filter(None, block.replace("\\\n", " ").splitlines())


def filled(command: str) -> str:
    """Return a command with names for what a reader puts in, and with short trainings."""
    for pattern, text in FILLED.items():
        command = re.sub(pattern, text, command)
    if not (found := TRAINING.match(command)):
        return command
    if found[1] == "compress":
        # By epochs: on a slow machine pruning would not be complete when the time is over.
        return f"{command} --set train.epochs=2"
    if "--max-minutes" not in command:
        command += f" --max-minutes {MINUTES}"
    task = next((task for task in SMALL if f"--recipe {task}" in command), "translation")
    return f"{command} {SMALL[task]}"


def prepare(folder: Path, page: str) -> None:
    """Write what the commands of a page read: sentence pairs, a bundle, images, and a run named RUN if it needs one."""
    words = dict(zip(["uno", "dos", "tres", "cuatro", "cinco"], ["one", "two", "three", "four", "five"], strict=True))
    draw = random.Random(1)
    sentences = sorted({" ".join(draw.choices(list(words), k=draw.randint(1, 6))) for _ in range(4000)})
    draw.shuffle(sentences)
    lines = [f"{text}\t{' '.join(words[word] for word in text.split())}\n" for text in sentences]
    for name in (".", "data/es-en", "demo/everyday"):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for part, chosen in (("train", lines[200:]), ("valid", lines[100:200]), ("test", lines[:100])):
            (folder / name / f"{part}.tsv").write_text("".join(chosen), encoding="utf-8")
    (folder / "pairs.tsv").write_text("".join(lines), encoding="utf-8")
    (folder / "in.txt").write_text("uno dos\ntres\n", encoding="utf-8")
    (folder / "page.html").write_text("<p>uno <b>dos</b></p>\n", encoding="utf-8")
    for name in ("demo/bundle", "bundles/es-en", "bundle", "BUNDLE", "BUNDLE2"):
        shutil.copytree(ROOT / "tests" / "edge" / "toy_bundle", folder / name)
    sounds = [
        f"{text.replace(' ', '')}\t{' '.join(text.replace(' ', '').upper())}\tX;{len(text)}\n" for text in sentences
    ]
    for name in ("cmudict", "data/cmudict", "data/german", "data/katakana", "data/spelling"):
        (folder / name).mkdir()
        for part, chosen in (("train", sounds[200:]), ("valid", sounds[100:200]), ("test", sounds[:100])):
            (folder / name / f"{part}.tsv").write_text("".join(chosen), encoding="utf-8")
    (folder / "words.txt").write_text("uno\ndos\n", encoding="utf-8")
    if page == "docs/segmentation.md":
        run("keras-s2s fetch shapes --out shapes", folder)
        (folder / "shapes" / "valid").rename(folder / "SET")
    if page == "docs/speech.md":
        run("keras-s2s fetch spoken-numbers --out numbers", folder)
        shutil.copytree(folder / "numbers", folder, dirs_exist_ok=True)
        shutil.copyfile(folder / "audio" / "test" / "00000.flac", folder / "recording.flac")
        soundfile.write(folder / "recording.wav", *soundfile.read(folder / "recording.flac"))
    if page in ("docs/compression.md", "docs/export.md", "docs/training.md", "docs/decoding.md"):
        run(filled("keras-s2s train --recipe tiny --train train.tsv --valid valid.tsv --out RUN"), folder)
        shutil.copytree(folder / "RUN", folder / "runs" / "es-en")


def run(command: str, folder: Path) -> None:
    """Run a command line; an output directory that is there already is removed before, as a reader would.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    if (out := re.search(r"--out (\S+)", command)) and "--resume" not in command:
        shutil.rmtree(folder / out[1], ignore_errors=True)
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "TF_CPP_MIN_LOG_LEVEL": "3"}
    subprocess.run(
        ["bash", "-ec", command], cwd=folder, env=environment, check=True, capture_output=True, text=True, timeout=600
    )


def try_page(page: str) -> int:
    """Run the commands of a page; return how many failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(folder, page)
        for command in commands(page):
            reason = next((reason for pattern, reason in SKIPPED.items() if re.match(pattern, command)), None)
            if reason:
                print(f"not run  {command}  ({reason})", flush=True)
                continue
            try:
                run(filled(command), folder)
                print(f"ok       {command}", flush=True)
            except subprocess.CalledProcessError as error:
                failed += 1
                print(f"FAILED   {filled(command)}\n{error.stderr[-2000:]}", flush=True)
    return failed


if __name__ == "__main__":
    failures = 0
    for each in sys.argv[1:] or PAGES:
        print(f"== {each}", flush=True)
        failures += try_page(each)
    sys.exit(1 if failures else 0)
