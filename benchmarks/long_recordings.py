"""`python -m benchmarks.long_recordings BUNDLE --test FILE`: long recordings beside short ones.

The recordings of a test set are transcribed one by one, and joined to recordings of ten minutes, which the recognizer
splits again.
"""

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from benchmarks.command import run
from edge.recognizer import Recognizer
from edge.search.options import SearchOptions
from pipelines.data.recordings import RecordingReader, load
from pipelines.tasks.speech.wer import score


class Spoken(NamedTuple):
    """A recording, float32 `(samples,)`, and its transcript."""

    samples: np.ndarray
    text: str


def main() -> None:
    """Measures, and prints one line for each way of transcribing, or one JSON object."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.long_recordings",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("bundle", metavar="BUNDLE", help="of speech")
    parser.add_argument("--test", required=True, help="recordings to score on")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of the joined recordings, at least [10]")
    parser.add_argument("--gap", type=float, default=0.5, help="seconds of silence between two of them [0.5]")
    parser.add_argument("--beam", type=int, default=5, help="beam size [5]")
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")
    options = parser.parse_args()
    recognizer = Recognizer(options.bundle)
    rate = recognizer.rate
    recordings = [Spoken(load(found, rate), found.text) for found in RecordingReader(options.test)]
    long = join(recordings, round(60.0 * options.minutes * rate), round(options.gap * rate))
    found = {
        name: _score(recognizer, each, SearchOptions(beam=options.beam))
        for name, each in (("one by one", recordings), ("joined", list(long)))
    }
    if options.json:
        print(json.dumps(found))
        return
    for name, scores in found.items():
        print(f"{name}: {scores['recordings']} recordings, WER {scores['wer']:.2f}, CER {scores['cer']:.2f}")


def join(recordings: Iterable[Spoken], least: int, gap: int) -> Iterator[Spoken]:
    """Join recordings, in their order, to long ones; the last may be shorter.

    Args:
        recordings: with their transcripts.
        least: samples of a long recording, at least.
        gap: samples of silence behind each recording.
    """
    parts: list[np.ndarray] = []
    texts: list[str] = []
    for samples, text in recordings:
        parts += [samples, np.zeros(gap, np.float32)]
        texts.append(text)
        if sum(map(len, parts)) >= least:
            yield Spoken(np.concatenate(parts), " ".join(texts))
            parts, texts = [], []
    if parts:
        yield Spoken(np.concatenate(parts), " ".join(texts))


def _score(recognizer: Recognizer, recordings: Sequence[Spoken], options: SearchOptions) -> dict:
    found = recognizer.transcribe_all([each.samples for each in recordings], options)
    return score([transcript.text for transcript in found], [each.text for each in recordings])


if __name__ == "__main__":
    run(main)
