"""`python -m benchmarks.otsu --test SET`: what a threshold on brightness finds, without any learning.

Otsu's threshold (1979) parts each picture's grey values into two groups that are each as uniform as can be. It does not
say which of them is foreground: once it is the brighter one, as in fluorescence, once the smaller one.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks.command import run
from edge.pictures import as_floats
from pipelines.images import ImageReader
from pipelines.mask_scores import count, score_masks

_LEVELS = 256


def main() -> None:
    """Scores both, and prints one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.otsu", description=__doc__)
    parser.add_argument("--test", type=Path, required=True, help="pictures with masks")
    options = parser.parse_args()
    reader = ImageReader(options.test, 1, 1)
    print(json.dumps({name: _score(choose, reader) for name, choose in CHOICES.items()}))


def otsu(grey: np.ndarray) -> float:
    """The threshold of grey values `(height, width)` in [0, 1] for which the variance between both groups is largest."""
    histogram, edges = np.histogram(grey, _LEVELS, (0.0, 1.0))
    centres = (edges[:-1] + edges[1:]) / 2
    below, total = histogram.cumsum(), histogram.sum()
    sums = (histogram * centres).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / below - (sums[-1] - sums) / (total - below)
    between = np.nan_to_num(below * (total - below) * means**2)
    return float(edges[1 + int(between[:-1].argmax())])


def _brighter(above: np.ndarray) -> np.ndarray:
    return above


def _smaller(above: np.ndarray) -> np.ndarray:
    return above if above.mean() <= 0.5 else ~above


CHOICES: dict[str, Callable[[np.ndarray], np.ndarray]] = {"brighter": _brighter, "smaller": _smaller}


def _score(choose: Callable[[np.ndarray], np.ndarray], reader: ImageReader) -> dict:
    found = []
    for image, labels in reader:
        grey = as_floats(image, 1)[..., 0]
        found.append(count(choose(grey >= otsu(grey)).astype(np.uint8), labels, 1))
    return score_masks(found)


if __name__ == "__main__":
    run(main)
