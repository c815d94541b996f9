"""Scores of masks by pixels."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from keras_s2s.mask_losses import IGNORED


def confusion_matrix(predicted: np.ndarray, labels: np.ndarray, classes: int) -> np.ndarray:
    """Pixels by their true and their predicted class; without ignored ones.

    Args:
        predicted: class ids `(height, width)`.
        labels: the same.
        classes: 1 if the masks are binary: the matrix has two classes.

    Returns:
        int64 `(classes, classes)`: a row for each true class, a column for each predicted one.
    """
    size = max(2, classes)
    counted = labels != IGNORED
    pairs = labels[counted].astype(np.int64) * size + predicted[counted]
    return np.bincount(pairs, minlength=size * size).reshape(size, size)


def score_masks(matrices: Iterable[np.ndarray], classes: int) -> dict[str, Any]:
    """Return IoU and Dice of images.

    Args:
        matrices: of each image, as `confusion_matrix` makes them.
        classes: 1 if the masks are binary: scores are those of the foreground.

    Returns:
        iou, dice: in percent, of the sums over all images; of several classes the mean over those that there are.
        image_iou, image_dice: the mean of each image's own; 100 where there is nothing and nothing was predicted.
        images: how many.
    """
    by_image = np.stack(list(matrices))
    iou, dice = _means(by_image.sum(axis=0), classes)
    image_iou, image_dice = np.mean([_means(matrix, classes) for matrix in by_image], axis=0)
    return {
        "iou": iou,
        "dice": dice,
        "image_iou": float(image_iou),
        "image_dice": float(image_dice),
        "images": len(by_image),
    }


def score_classes(matrix: np.ndarray) -> list[dict[str, Any]]:
    """Return the scores of each class.

    Args:
        matrix: sum of those that `confusion_matrix` makes.

    Returns:
        Per class, in percent: iou and dice, None if the class is neither in the masks nor predicted; pixels: fraction
        of the pixels that have the class.
    """
    shared, areas = _overlaps(matrix)
    pixels = 100 * matrix.sum(axis=1) / max(1, matrix.sum())
    return [
        {
            "class": index,
            "iou": float(100 * same / (area - same)) if area else None,
            "dice": float(200 * same / area) if area else None,
            "pixels": float(fraction),
        }
        for index, (same, area, fraction) in enumerate(zip(shared, areas, pixels, strict=True))
    ]


def class_table(classes: Sequence[dict[str, Any]]) -> str:
    """Return scores by class as a Markdown table."""
    cells = [["class", "IoU", "Dice", "% of the pixels"], ["---:"] * 4]
    for row in classes:
        values = (row["iou"], row["dice"], row["pixels"])
        cells.append([str(row["class"]), *("" if value is None else f"{value:.2f}" for value in values)])
    return "\n".join(f"| {' | '.join(row)} |" for row in cells)


def _overlaps(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return of each class the pixels that are in both masks, and the sum of its pixels in one and in the other."""
    return np.diagonal(matrix), matrix.sum(axis=0) + matrix.sum(axis=1)


def _means(matrix: np.ndarray, classes: int) -> tuple[float, float]:
    """IoU and Dice, in percent: of the foreground, or the mean over the classes that there are."""
    shared, areas = (each[1:] if classes == 1 else each for each in _overlaps(matrix))
    present = areas > 0
    if not present.any():
        return 100.0, 100.0
    shared, areas = shared[present], areas[present]
    return float(100 * (shared / (areas - shared)).mean()), float(100 * (2 * shared / areas).mean())
