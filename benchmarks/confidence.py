"""`python -m benchmarks.confidence BUNDLE --test PAIRS`: whether a translation's confidence tells how good it is."""

import argparse
import itertools
import json
from pathlib import Path

import numpy as np
import sacrebleu

from benchmarks.command import run
from edge.bundle import read_bundle
from edge.translator import Translator
from pipelines.tasks import TASKS


def main() -> None:
    """Translates, and prints the correlation of confidence and sentence chrF as one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.confidence", description=__doc__)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--test", required=True, help="pairs to translate and compare with")
    parser.add_argument("--limit", type=int, help="use only the first N")
    options = parser.parse_args()
    reader = TASKS["translation"].scores.bundle_reader(read_bundle(options.bundle).manifest, options.test)
    pairs = list(itertools.islice(reader, options.limit))
    found = [best for best, *_ in Translator(options.bundle).n_best([pair.source for pair in pairs])]
    confidence = np.array([translation.confidence for translation in found])
    quality = np.array(
        [
            sacrebleu.sentence_chrf(translation.text, [pair.target]).score
            for translation, pair in zip(found, pairs, strict=True)
        ]
    )
    quartiles = np.array_split(quality[np.argsort(confidence)], 4)
    results = {
        "sentences": len(pairs),
        "pearson": float(np.corrcoef(confidence, quality)[0, 1]),
        "spearman": float(np.corrcoef(_ranks(confidence), _ranks(quality))[0, 1]),
        "chrf_by_quartile_of_confidence": [float(quartile.mean()) for quartile in quartiles],
    }
    print(json.dumps(results))


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return the rank of each value; equal values have their mean rank."""
    ordered = np.sort(values)
    first, last = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    return (first + last - 1) / 2


if __name__ == "__main__":
    run(main)
