"""Connected components of a mask, in NumPy alone: runs of pixels per row, joined by a vectorized union-find."""

from typing import NamedTuple

import numpy as np


class _Runs(NamedTuple):
    """Longest sequences of pixels of one class in a row, in reading order.

    Attributes:
        rows: of each run.
        starts, ends: first column, and the column after the last one.
        classes: of its pixels.
    """

    rows: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    classes: np.ndarray


def connected_components(mask: np.ndarray) -> np.ndarray:
    """Return the connected components of each class of a mask.

    Pixels are connected with their eight neighbours, as in scikit-image and OpenCV.

    Args:
        mask: class ids `(height, width)`, integers or booleans; 0 is background.

    Returns:
        int32 `(height, width)`: 0 is background; components have ids from 1 on, in reading order of their first pixels.
    """
    runs = _runs(mask)
    roots = _roots(len(runs.rows), *_touching(runs, mask.shape[1]))
    # The root of a component is its first run, so that these ids are in reading order.
    _, ids = np.unique(roots, return_inverse=True)
    labels = np.zeros(mask.size, np.int32)
    lengths = runs.ends - runs.starts
    # Positions of the pixels of all runs, one run behind the other.
    first = np.repeat(runs.rows * mask.shape[1] + runs.starts - np.cumsum(lengths) + lengths, lengths)
    labels[first + np.arange(len(first))] = np.repeat(ids + 1, lengths)
    return labels.reshape(mask.shape)


def _runs(mask: np.ndarray) -> _Runs:
    ids = np.pad(mask.astype(np.int32), ((0, 0), (1, 1)))
    changes = ids[:, 1:] != ids[:, :-1]
    rows, starts = np.nonzero(changes & (ids[:, 1:] != 0))
    _, ends = np.nonzero(changes & (ids[:, :-1] != 0))
    return _Runs(rows, starts, ends, mask[rows, starts])


def _touching(runs: _Runs, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of touching runs of one class: indices of the upper runs and of the lower runs."""
    # Columns of all rows on one line, with a gap between rows.
    stride = width + 2
    starts, ends = (runs.rows * stride + columns for columns in (runs.starts, runs.ends))
    # Runs of the next row that end behind the pixel before the start, and start up to the pixel after the end.
    first = np.searchsorted(ends, starts + stride, side="left")
    last = np.searchsorted(starts, ends + stride, side="right")
    counts = np.maximum(last - first, 0)
    upper = np.repeat(np.arange(len(starts)), counts)
    lower = np.arange(len(upper)) + np.repeat(first - np.cumsum(counts) + counts, counts)
    same = runs.classes[upper] == runs.classes[lower]
    return upper[same], lower[same]


def _roots(count: int, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the smallest index of each index's component, of a graph with these edges."""
    roots = np.arange(count)
    while True:
        low, high = np.minimum(roots[one], roots[other]), np.maximum(roots[one], roots[other])
        open_edges = low != high
        if not open_edges.any():
            return roots
        one, other = one[open_edges], other[open_edges]
        # Each root with a smaller neighbour is joined to the smallest one; then paths are shortened to their end.
        np.minimum.at(roots, high[open_edges], low[open_edges])
        while True:
            shorter = roots[roots]
            if (shorter == roots).all():
                break
            roots = shorter
