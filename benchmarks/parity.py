"""`python -m benchmarks.parity RUN BUNDLE... --test FILE`: whether all forms of a network find the same.

Of translation: Keras and the device, on the sources of pairs; prints one JSON object per bundle.

Of speech: Keras, a SavedModel made of the run, and each bundle, on recordings of 0.2 to 30 s, which are made of those
of the test set by joining and cutting; one at a time, and padded in a batch. Features, outputs of the encoder, and the
hypotheses of each kind of decoding are compared with those of Keras for one recording at a time; those of LiteRT also
with tflite-runtime's, where its environment is set up (`scripts/environment.sh tflite-runtime`). Prints a line per
kind. The exit status is 1 if a float32 or float16 form differs by more than rounding.
"""

import argparse
import dataclasses
import itertools
import json
import sys
from pathlib import Path

from benchmarks.command import run
from benchmarks.worker import ROOT
from edge.errors import UserError
from pipelines.data.pairs import PairReader
from pipelines.quiet import import_tensorflow
from pipelines.run import Run

OTHER = ROOT / ".venv-tflite-runtime" / "bin" / "python"


def main() -> None:
    """Compares, and prints what was found."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.parity", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path)
    parser.add_argument("bundles", type=Path, nargs="+", metavar="BUNDLE", help="exported from the run")
    parser.add_argument("--test", required=True, help="pairs whose sources are translated, or a list of recordings")
    parser.add_argument("--limit", type=int, default=500, help="use only the first N pairs or recordings [500]")
    parser.add_argument("--beam", type=int, default=1, help="translation: beam size; 1 is greedy search [1]")
    parser.add_argument("--each", type=int, default=2, help="speech: number of recordings of each length [2]")
    options = parser.parse_args()
    import_tensorflow()
    from pipelines.tasks.opening import open_run

    opened = open_run(options.run)
    if opened.task == "speech":
        _speech(opened, options)
    elif opened.task == "translation":
        _translation(opened, options)
    else:
        raise UserError(f"{options.run}: is for {opened.task}, not for translation or speech")


def _translation(opened: Run, options: argparse.Namespace) -> None:
    from pipelines.tasks.translation.parity import compare

    pairs = PairReader(options.test, opened.columns)
    sources = [pair.source for pair in itertools.islice(pairs, options.limit)]
    for bundle in options.bundles:
        print(json.dumps(dataclasses.asdict(compare(opened.path, bundle, sources, options.beam))))


def _speech(opened: Run, options: argparse.Namespace) -> None:
    from benchmarks.speech_parity import Kind, compare, compare_runtimes, recordings_of_all_lengths
    from pipelines.data.recordings import RecordingReader, load

    rate = opened.config.audio.rate
    recordings = itertools.islice(RecordingReader(options.test), options.limit)
    sounds = recordings_of_all_lengths([load(recording, rate) for recording in recordings], rate, options.each)
    kinds: list[Kind] = []
    found = compare(opened.path, options.bundles, sounds)
    if OTHER.exists():
        found = itertools.chain(found, compare_runtimes(OTHER, options.bundles, sounds))
    for kind in found:
        kinds.append(kind)
        print(kind, flush=True)
    sys.exit(any(kind.failed for kind in kinds))


if __name__ == "__main__":
    run(main)
