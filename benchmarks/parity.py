"""`python -m benchmarks.parity RUN BUNDLE --test PAIRS`: whether Keras and the device agree on real sentences."""

import argparse
import dataclasses
import itertools
import json
from pathlib import Path

from benchmarks.command import run
from pipelines.data.pairs import PairReader
from pipelines.tasks.opening import open_run
from pipelines.tasks.translation.parity import compare


def main() -> None:
    """Compares, and prints one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--test", required=True, help="pairs whose sources are translated")
    parser.add_argument("--limit", type=int, default=500, help="use only the first N pairs [500]")
    parser.add_argument("--beam", type=int, default=1, help="beam size; 1 is greedy search [1]")
    options = parser.parse_args()
    pairs = PairReader(options.test, open_run(options.run).columns)
    sources = [pair.source for pair in itertools.islice(pairs, options.limit)]
    print(json.dumps(dataclasses.asdict(compare(options.run, options.bundle, sources, options.beam))))


if __name__ == "__main__":
    run(main)
