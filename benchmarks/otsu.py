"""`python -m benchmarks.otsu --test SET`: what a threshold on brightness finds, without any learning.

Otsu's threshold (1979) splits each image's grey values into two groups that are each as uniform as can be. Foreground
is the brighter one, as in fluorescence.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.command import run
from pipelines.data.images import ImageReader
from pipelines.tasks.segmentation.iou import confusion_matrix, score_masks

_LEVELS = 256


def main() -> None:
    """Scores the set, and prints one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.otsu", description=__doc__)
    parser.add_argument("--test", type=Path, required=True, help="images with masks")
    options = parser.parse_args()
    print(json.dumps(score(ImageReader(options.test, 1, 1))))


def otsu(grey: np.ndarray) -> float:
    """The threshold of grey values `(height, width)` in [0, 1] with the largest variance between both groups."""
    histogram, edges = np.histogram(grey, _LEVELS, (0.0, 1.0))
    centres = (edges[:-1] + edges[1:]) / 2
    below, total = histogram.cumsum(), histogram.sum()
    sums = (histogram * centres).cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums / below - (sums[-1] - sums) / (total - below)
    between = np.nan_to_num(below * (total - below) * means**2)
    return float(edges[1 + int(between[:-1].argmax())])


def score(reader: ImageReader) -> dict[str, Any]:
    """Scores of the brighter side of each image's threshold."""
    found = []
    for image, labels in reader:
        grey = image[..., 0]
        found.append(confusion_matrix((grey >= otsu(grey)).astype(np.uint8), labels, 1))
    return score_masks(found, 1)


if __name__ == "__main__":
    run(main)
