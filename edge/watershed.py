"""Splitting of touching objects: watershed on the distance transform, in NumPy."""

import numpy as np

from edge.distance import distance_transform

# Objects are split where the distance to the background falls, from the lower peak to the saddle, by this fraction of
# the peak and by this many pixels. The outline of a digital disc, or of one with a rough border, has smaller falls.
_FRACTION = 0.15
_PIXELS = 0.75


def split_touching(mask: np.ndarray) -> np.ndarray:
    """Return the parts of each component, split at its necks.

    From each pixel the steepest way up the distance to the background leads to a peak: the pixels of one peak are a
    basin. Basins are joined from the highest saddle to the lowest, unless the saddle is well below both peaks.

    Args:
        mask: bool `(height, width)`.

    Returns:
        int32 `(height, width)`: 0 is background; parts have ids from 1 on, in reading order of their first pixels.
    """
    labels = np.zeros(mask.shape, np.int32)
    if not mask.any():
        return labels
    # With a border of background around, which has no part in distances, every pixel has eight neighbours.
    heights = np.pad(distance_transform(mask), 1)
    inside = np.flatnonzero(heights)
    if not np.isfinite(heights.flat[inside[0]]):
        return mask.astype(np.int32)
    peaks = _peaks(heights, inside)
    basins, ids = np.unique(peaks, return_inverse=True)
    parts = _join(heights.ravel()[basins], *_saddles(heights, inside, ids))[ids]
    _, first, numbers = np.unique(parts, return_index=True, return_inverse=True)
    order = np.empty_like(first)
    order[np.argsort(first)] = np.arange(1, len(first) + 1)
    labels[mask] = order[numbers]
    return labels


def _peaks(heights: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Return the peak that the steepest way up from each pixel leads to.

    Args:
        heights: `(rows, columns)`, 0 on the outermost rows and columns.
        inside: flat indices of the pixels.

    Returns:
        Flat indices, of each pixel of `inside`.
    """
    flat = heights.ravel()
    target = np.arange(flat.size)
    best, place = flat[inside], inside.copy()
    slopes = np.zeros_like(best)
    for offset, length in _neighbours(heights.shape[1]):
        near = inside + offset
        slope = (flat[near] - best) / np.float32(length)
        # On level ground the way leads to larger indices: an order without circles.
        better = (slope > slopes) | ((slope == slopes) & (slope == 0) & (near > place))
        slopes, place = np.where(better, slope, slopes), np.where(better, near, place)
    target[inside] = place
    while True:
        further = target[place]
        if (further == place).all():
            return place
        target[inside] = place = further


def _saddles(heights: np.ndarray, inside: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return neighbouring basins: two arrays of basins, and the height of the way over each border; highest first."""
    flat = heights.ravel()
    basin = np.full(flat.size, -1)
    basin[inside] = ids
    found = []
    for offset, _ in _neighbours(heights.shape[1])[:4]:
        near = inside + offset
        border = (basin[near] >= 0) & (basin[near] != ids)
        pixels, near = inside[border], near[border]
        found.append((basin[pixels], basin[near], np.minimum(flat[pixels], flat[near])))
    one, other, saddle = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(-saddle, kind="stable")
    one, other, saddle = np.minimum(one, other)[order], np.maximum(one, other)[order], saddle[order]
    # Of each pair of basins the first, which is the highest.
    _, first = np.unique(one * (ids.max() + 1) + other, return_index=True)
    first.sort()
    return one[first], other[first], saddle[first]


def _join(peaks: np.ndarray, one: np.ndarray, other: np.ndarray, saddles: np.ndarray) -> np.ndarray:
    """Return of each basin the basin that stands for what it was joined to."""
    roots = list(range(len(peaks)))

    def root(index: int) -> int:
        while roots[index] != index:
            roots[index] = index = roots[roots[index]]
        return index

    for left, right, saddle in zip(one.tolist(), other.tolist(), saddles.tolist(), strict=True):
        low, high = sorted((root(left), root(right)), key=lambda each: (peaks[each], each))
        if peaks[low] - saddle < max(_PIXELS, _FRACTION * peaks[low]):
            # The higher peak is that of both.
            roots[low] = high
    return np.array([root(index) for index in roots])


def _neighbours(width: int) -> list[tuple[int, float]]:
    """Return offsets of the eight neighbours in a flat array, and their distances; each one's opposite is 4 later."""
    half = [(1, 1.0), (width - 1, 2**0.5), (width, 1.0), (width + 1, 2**0.5)]
    return [*half, *((-offset, length) for offset, length in half)]
