"""Components beside SciPy's where it is installed, and beside a flood fill everywhere."""

import numpy as np
import pytest

from edge.connected_components import connected_components

RANDOM = np.random.default_rng(3)


def ids(text: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in text.split()], np.uint8)


def flood_fill(mask: np.ndarray) -> np.ndarray:
    """Each pixel in reading order fills what it is connected with."""
    labels, count = np.zeros(mask.shape, int), 0
    for start in zip(*np.nonzero(mask), strict=True):
        if labels[start]:
            continue
        count += 1
        waiting = [start]
        while waiting:
            row, column = waiting.pop()
            inside = 0 <= row < mask.shape[0] and 0 <= column < mask.shape[1]
            if inside and not labels[row, column] and mask[row, column] == mask[start]:
                labels[row, column] = count
                waiting += [(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    return labels


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        ("000 000", "000 000"),
        ("1", "1"),
        ("111 111", "111 111"),
        # Diagonal neighbours are connected, classes are not.
        ("100 010 001", "100 010 001"),
        ("102 100 112", "102 100 113"),
        ("11022 11022", "11022 11022"),
        # A ring with something in its hole.
        ("11111 10001 10101 10001 11111", "11111 10001 10201 10001 11111"),
        # The last row connects three.
        ("10101 10101 11111", "10101 10101 11111"),
        # The number is that of the first pixel, not of the first run on the left.
        ("0001 1001 1111", "0001 1001 1111"),
        ("00100 10001 10001", "00100 20003 20003"),
    ],
)
def test_by_hand(mask, expected):
    found = connected_components(ids(mask))
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, ids(expected))


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (23, 31), (40, 40)])
@pytest.mark.parametrize("density", [0.1, 0.35, 0.5, 0.7])
@pytest.mark.parametrize("classes", [1, 3])
def test_beside_a_flood_fill(shape, density, classes):
    mask = RANDOM.integers(1, classes + 1, shape) * (RANDOM.random(shape) < density)
    np.testing.assert_array_equal(connected_components(mask), flood_fill(mask))


def spiral(side: int) -> np.ndarray:
    """A band of one pixel that winds from the border to the middle: many runs, one component."""
    mask = np.zeros((side, side), bool)
    row, column, down, right = 0, 0, 0, 1
    top, left, bottom, last = 0, 0, side - 1, side - 1
    for _ in range(side * side):
        mask[row, column] = True
        if (right == 1 and column == last) or (right == -1 and column == left):
            down, right, top, bottom = (1, 0, top + (down == 0) * 2, bottom) if right == 1 else (-1, 0, top, bottom - 2)
        elif (down == 1 and row == bottom) or (down == -1 and row == top):
            down, right, left, last = (0, -1, left, last - 2) if down == 1 else (0, 1, left + 2, last)
        row, column = row + down, column + right
        if not (top - 2 <= row <= bottom + 2 and 0 <= row < side and 0 <= column < side) or mask[row, column]:
            break
    return mask


def combs(size: int) -> np.ndarray:
    """Teeth that only the last row connects, and beside them teeth that only the first row connects."""
    mask = np.zeros((size, 2 * size), bool)
    mask[:, ::2] = True
    mask[-1, :size] = mask[0, size:] = True
    mask[:, size - 1] = False
    return mask


@pytest.mark.parametrize("mask", [combs(80), spiral(61), np.eye(50, dtype=bool), np.eye(50, dtype=bool)[::-1]])
def test_long_shapes(mask):
    np.testing.assert_array_equal(connected_components(mask), flood_fill(mask))


def test_beside_scipy():
    ndimage = pytest.importorskip("scipy.ndimage")
    for density in (0.2, 0.4, 0.6):
        mask = RANDOM.random((300, 257)) < density
        expected, count = ndimage.label(mask, np.ones((3, 3)))
        found = connected_components(mask)
        assert found.max() == count
        # The same pixels together: each pair of numbers occurs with its one partner.
        assert len(np.unique(np.stack([found.ravel(), expected.ravel()]), axis=1).T) == count + 1
