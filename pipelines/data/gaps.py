"""Gaps between touching objects: background between them in training, so that each one is an object of its own."""

import numpy as np


def touching(ids: np.ndarray, width: int) -> np.ndarray:
    """Return the pixels of objects that are near another object.

    Args:
        ids: object IDs `(height, width)`, 0 is background.
        width: distance in pixels, also diagonally, up to which a pixel is near; at least 1.

    Returns:
        bool `(height, width)`.
    """
    nothing = np.iinfo(np.int32).max
    # The smallest and the largest ID around each pixel. Background is neither.
    least = -_largest_around(np.where(ids > 0, -ids, -nothing), width)
    most = _largest_around(ids, width)
    return (ids > 0) & ((least < ids) | (most > ids))


def _largest_around(values: np.ndarray, width: int) -> np.ndarray:
    """The largest value in the square around each pixel."""
    for axis in (0, 1):
        size = values.shape[axis]
        padding = [(width, width) if each == axis else (0, 0) for each in (0, 1)]
        padded = np.pad(values, padding, mode="edge")
        values = np.max([np.take(padded, range(shift, shift + size), axis) for shift in range(2 * width + 1)], axis=0)
    return values
