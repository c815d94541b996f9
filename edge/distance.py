"""The Euclidean distance transform, in NumPy alone."""

import numpy as np


def distance_transform(mask: np.ndarray) -> np.ndarray:
    """Return the distance of each foreground pixel to the nearest background pixel.

    The outside of the image is no background. The time grows with the largest distance.

    Args:
        mask: bool `(height, width)`.

    Returns:
        float32 `(height, width)`, in pixels; 0 on background; infinite where there is no background at all.
    """
    along_rows = _squares_along_rows(mask)
    squares = along_rows.copy()
    for step in range(1, mask.shape[0]):
        # The nearest background pixel is not further away than what has been found.
        if step * step >= squares.max():
            break
        np.minimum(squares[step:], along_rows[:-step] + np.float32(step * step), out=squares[step:])
        np.minimum(squares[:-step], along_rows[step:] + np.float32(step * step), out=squares[:-step])
    return np.sqrt(squares)


def _squares_along_rows(mask: np.ndarray) -> np.ndarray:
    """Return the squared distances to the nearest background pixel of the same row."""
    columns = np.arange(mask.shape[1], dtype=np.float32)
    left = np.maximum.accumulate(np.where(mask, -np.inf, columns), axis=1)
    right = np.minimum.accumulate(np.where(mask, np.inf, columns)[:, ::-1], axis=1)[:, ::-1]
    return (np.minimum(columns - left, right - columns) ** 2).astype(np.float32)
