"""Makes the toy bundle again that the tests of edge transcribe sound with. Five minutes, in the training environment:

python tests/edge/make_toy_recognizer.py

toy_recognizer/  number words, each of them a tone (`Tones` of tone_model.py): one to four in a row; int8
"""

import os
import random
import shutil
import sys
import tempfile
import wave
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from tone_model import RATE, Tones

from edge.recognizer import Recognizer
from pipelines.jobs.export import export
from pipelines.jobs.train import train
from pipelines.recipes import load_recipe
from pipelines.tasks import configs

HERE = Path(__file__).parent
NAME = "toy_recognizer"
# What git can bear.
LARGEST = 200_000

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]

SETTINGS = """
    audio.rate=8000 audio.mels=32 audio.filters=4 audio.frequency_masks=0 audio.time_masks=0
    model.cell=gru model.units=48 model.embedding=16 model.layers=1 model.dropout=0
    tokenizer.normalization=identity
    augment.speed=0 augment.noise=0.3 augment.snr=20 augment.gain=6
    train.batch_seconds=40 train.max_seconds=6 train.max_length=30 train.epoch_minutes=0
    train.learning_rate=0.006 train.warmup=30 train.epochs=36 train.label_smoothing=0
"""


def make_recording(tones: Tones, seed: int) -> tuple[np.ndarray, str]:
    """Words as tones, with gaps between them, and the transcript."""
    draw = random.Random(seed)
    words = draw.choices(WORDS, k=draw.randint(1, 4))
    spoken, end = [], draw.uniform(0.1, 0.4)
    for word in words:
        start = end + draw.uniform(0.06, 0.2)
        end = start + draw.uniform(0.35, 0.6)
        spoken.append((word, start, end))
    return tones.say(spoken, end + draw.uniform(0.1, 0.4), noise=0.002, seed=seed), " ".join(words)


def write_recordings(tones: Tones, folder: Path, seeds: range) -> Path:
    """A list of recordings, and the recordings."""
    folder.mkdir()
    lines = []
    for seed in seeds:
        sound, text = make_recording(tones, seed)
        with wave.open(str(folder / f"{seed}.wav"), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes(np.rint(32767 * sound.clip(-1, 1)).astype("<i2").tobytes())
        lines.append(f"{seed}.wav\t{text}\n")
    (folder / "list.tsv").write_text("".join(lines), encoding="utf-8")
    return folder / "list.tsv"


def main() -> None:
    """Trains, exports, checks, and only then replaces what is there."""
    tones = Tones(HERE / "toy_bundle" / "target.model")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lists = [
            write_recordings(tones, work / part, seeds)
            for part, seeds in (("train", range(600)), ("valid", range(1000, 1040)))
        ]
        recipe = load_recipe("speech-tiny", configs(), SETTINGS.split())
        train(*lists, work / "run", recipe, languages=("en", "en"))
        manifest = export(work / "run", work / NAME, "int8")
        recognizer = Recognizer(work / NAME)
        held_out = [make_recording(tones, seed) for seed in range(2000, 2100)]
        found = recognizer.transcribe_all([sound for sound, _ in held_out])
        wrong = [text for (_, text), transcript in zip(held_out, found, strict=True) if transcript.text != text]
        if len(wrong) > 1 or manifest["files"]["model.tflite"]["bytes"] > LARGEST:
            sys.exit(f"{NAME}: {len(wrong)} of 100 are wrong, {manifest['files']}: nothing was replaced")
        shutil.rmtree(HERE / NAME, ignore_errors=True)
        shutil.copytree(work / NAME, HERE / NAME)


if __name__ == "__main__":
    main()
