"""The probability from which on a pixel is foreground: chosen on validation images, kept in the run."""

from collections.abc import Callable

import numpy as np

from pipelines.data.images import ImageReader
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.segmentation.iou import confusion_matrix, score_masks

_FILE = "threshold.json"
_CANDIDATES = np.round(np.arange(0.05, 0.96, 0.05), 2)


def read_threshold(run: Run) -> float:
    """Return the threshold of a run; 0.5 where none was chosen."""
    return run.read_json(_FILE).get("threshold", 0.5)


def choose_threshold(run: Run, segment: Callable[[np.ndarray], np.ndarray], held_out: ImageReader) -> None:
    """Choose the threshold with the best IoU.

    Args:
        run: that keeps it.
        segment: image to probabilities `(height, width, 1)`.
        held_out: images with binary masks.
    """
    matrices = np.zeros((len(_CANDIDATES), 2, 2), np.int64)
    for image, labels in held_out:
        foreground = segment(image)[..., 0]
        matrices += [confusion_matrix(foreground >= threshold, labels, 1) for threshold in _CANDIDATES]
    ious = [score_masks([matrix], 1)["iou"] for matrix in matrices]
    best = int(np.argmax(ious))
    run.write_json(_FILE, {"threshold": float(_CANDIDATES[best]), "iou": ious[best]})
    log(f"threshold of the foreground: {_CANDIDATES[best]:g}, IoU {ious[best]:.1f} on validation")
