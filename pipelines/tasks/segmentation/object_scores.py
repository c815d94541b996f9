"""Scores of objects: average precision (AP) by IoU, F1 and panoptic quality."""

from collections.abc import Iterable
from typing import Any

import numpy as np

# In percent: two objects match if their IoU is larger. From 50 on, each object has one match at most.
IOUS = tuple(range(50, 91, 5))

# Columns of the counts; behind them the matches for each of `IOUS`.
_PREDICTED, _TRUE, _IOU_SUM, _MATCHES = range(4)


def count_objects(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Count the objects of an image, and those that match.

    Args:
        predicted: object ids `(height, width)`, 0 is background; ids need not be consecutive.
        true: the same.

    Returns:
        float64 `(3 + len(IOUS),)`: predicted objects, true objects, sum of the IoU of those that match at IoU 0.5, and
        how many match at each of `IOUS`.
    """
    found, true_areas = np.unique(true[true > 0], return_counts=True)
    guessed, predicted_areas = np.unique(predicted[predicted > 0], return_counts=True)
    both = (true > 0) & (predicted > 0)
    rows, columns = np.searchsorted(found, true[both]), np.searchsorted(guessed, predicted[both])
    pairs, shared = np.unique(rows * max(1, len(guessed)) + columns, return_counts=True)
    rows, columns = np.divmod(pairs, max(1, len(guessed)))
    union = true_areas[rows] + predicted_areas[columns] - shared
    # In integers, so that an IoU of exactly 0.6 is not larger than 0.6.
    matches = [np.count_nonzero(100 * shared > iou * union) for iou in IOUS]
    ious = (shared / union)[2 * shared > union]
    return np.array([len(guessed), len(found), ious.sum(), *matches], np.float64)


def score_objects(counts: Iterable[np.ndarray]) -> dict[str, Any]:
    """Return scores of the objects of all images together, in percent; of several classes the mean.

    With TP objects that match, FP further predicted ones and FN further true ones:

    - AP at an IoU = TP / (TP + FP + FN), as the Data Science Bowl 2018 and StarDist define it;
    - F1 = 2 TP / (2 TP + FP + FN) at IoU 0.5;
    - panoptic quality = sum of the IoU of the matches / (TP + FP / 2 + FN / 2) at IoU 0.5.

    Args:
        counts: of each image `(classes, 3 + len(IOUS))`, as `count_objects` makes them; of foreground classes only.

    Returns:
        object_ap: the mean over IoU 0.5, 0.55 ... 0.9.
        object_ap50, object_f1, object_pq: at IoU 0.5.
        objects: `true` and `predicted`: how many there are; `ap` by IoU.

        A class that has neither true nor predicted objects does not count. If there are no objects at all, it is 100.
    """
    total = np.sum(list(counts), axis=0)
    present = total[total[:, _PREDICTED] + total[:, _TRUE] > 0]
    if not len(present):
        # As if one had been found.
        present = np.ones((1, total.shape[1]))
    matches, both = present[:, _MATCHES:], present[:, _PREDICTED] + present[:, _TRUE]
    precisions = 100 * (matches / (both[:, None] - matches)).mean(axis=0)
    return {
        "object_ap": float(precisions.mean()),
        "object_ap50": float(precisions[0]),
        "object_f1": float(100 * (2 * matches[:, 0] / both).mean()),
        "object_pq": float(100 * (2 * present[:, _IOU_SUM] / both).mean()),
        "objects": {
            "true": int(total[:, _TRUE].sum()),
            "predicted": int(total[:, _PREDICTED].sum()),
            "ap": {f"{iou / 100:.2f}": float(value) for iou, value in zip(IOUS, precisions, strict=True)},
        },
    }
