"""How well masks are predicted."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from keras_s2s.mask_losses import IGNORED

# Columns of the counts.
_SHARED, _PREDICTED, _TRUE = range(3)


def count(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Pixels of each class that are in both masks, in the predicted and in the true one; ignored ones in neither.

    Args:
        predicted: class ids `(height, width)`.
        labels: the same.
        classes: 1 if the masks are binary.

    Returns:
        int64 `(classes, 3)`; for binary masks of the foreground only.
    """
    counted = labels != IGNORED
    wanted = [1] if classes == 1 else range(classes)
    masks = [(predicted == each, labels == each) for each in wanted]
    return np.array(
        [[np.count_nonzero(part & counted) for part in (one & other, one, other)] for one, other in masks], np.int64
    )


def score_masks(counts: Iterable[np.ndarray]) -> dict[str, Any]:
    """Return IoU and Dice of images.

    Args:
        counts: of each image, as `count` makes them.

    Returns:
        iou, dice: in percent, of the sums over all images; of several classes the mean over those that there are.
        image_iou, image_dice: the mean of each image's own; 100 where there is nothing and nothing was predicted.
        images: how many.
    """
    by_image = np.stack(list(counts))
    own = [_ratios(counted) for counted in by_image]
    iou, dice = _ratios(by_image.sum(axis=0))
    image_iou, image_dice = np.mean(own, axis=0)
    return {
        "iou": iou,
        "dice": dice,
        "image_iou": float(image_iou),
        "image_dice": float(image_dice),
        "images": len(by_image),
    }


def _ratios(counts: np.ndarray) -> tuple[float, float]:
    """IoU and Dice, in percent, of counts `(classes, 3)`."""
    shared, areas = counts[:, _SHARED], counts[:, _PREDICTED] + counts[:, _TRUE]
    present = areas > 0
    if not present.any():
        return 100.0, 100.0
    shared, areas = shared[present], areas[present]
    return float(100 * (shared / (areas - shared)).mean()), float(100 * (2 * shared / areas).mean())
