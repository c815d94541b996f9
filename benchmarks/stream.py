"""`python -m benchmarks.stream`: trains on a stream of generated lines, short and long, and watches its memory.

A corpus is written to shards, a small network is trained on it for one epoch by the command line, and the resident
memory of that process is read each second. A bounded stream needs no more for ten million lines than for one. It ends
with status 1 if the largest corpus needed a tenth more than the smallest one.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.command import run
from benchmarks.worker import ROOT

SETTINGS = {
    "model.cell": "gru",
    "model.units": 16,
    "model.embedding": 8,
    "tokenizer.type": "word",
    "train.batch_tokens": 20000,
    "train.epochs": 1,
}

_SHARDS = 10
_WORDS = 1000
_MAY_GROW = 1.1


def main() -> None:
    """Trains on each number of lines, and prints a line of JSON for each."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stream", description=__doc__)
    parser.add_argument("--lines", type=int, nargs="+", default=[1_000_000, 10_000_000], help="1000000 10000000")
    options = parser.parse_args()
    peaks = []
    for lines in sorted(options.lines):
        with tempfile.TemporaryDirectory() as folder:
            result = _trained(Path(folder), lines)
        peaks.append(result["peak_mb"])
        print(json.dumps(result), flush=True)
    sys.exit(int(peaks[-1] > _MAY_GROW * peaks[0]))


def _trained(folder: Path, lines: int) -> dict[str, float]:
    for shard in range(_SHARDS):
        _write(folder / f"train-{shard}.tsv", lines // _SHARDS, seed=shard)
    _write(folder / "valid.tsv", 1000, seed=_SHARDS)
    settings = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    files = ["--train", str(folder / "train-*.tsv"), "--valid", str(folder / "valid.tsv"), "--out", str(folder / "run")]
    program = [sys.executable, "-c", "from pipelines.cli.main import run; run()", "train", *files, *settings]
    began = time.monotonic()
    process = subprocess.Popen(program, cwd=ROOT)
    memory = list(_megabytes(process))
    if process.returncode:
        sys.exit(process.returncode)
    middle = len(memory) // 2
    return {
        "lines": lines,
        "seconds": round(time.monotonic() - began),
        "peak_mb": round(max(memory)),
        "first_half_peak_mb": round(max(memory[:middle])),
        "second_half_peak_mb": round(max(memory[middle:])),
    }


def _write(path: Path, lines: int, seed: int) -> None:
    """Random words, and the same words backwards."""
    random = np.random.default_rng(seed)
    words = np.array([f"w{number}" for number in range(_WORDS)])
    with path.open("w", encoding="utf-8") as stream:
        for length in random.integers(2, 9, lines):
            sentence = words[random.integers(0, _WORDS, length)]
            stream.write(f"{' '.join(sentence)}\t{' '.join(sentence[::-1])}\n")


def _megabytes(process: subprocess.Popen) -> Iterator[float]:
    """Resident memory of a process, each second, until it ends."""
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        lines = status.read_text(encoding="utf-8").splitlines()
        yield from (int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
        time.sleep(1)


if __name__ == "__main__":
    run(main)
