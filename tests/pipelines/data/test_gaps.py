"""Gaps between objects, by hand and beside a search over all pairs of pixels."""

import numpy as np
import pytest

from pipelines.data.gaps import touching


def ids(text: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in text.split()], np.int32)


@pytest.mark.parametrize(
    ("objects", "width", "expected"),
    [
        ("111222", 1, "001100"),
        ("111222", 2, "011110"),
        # Between them is background: near, but only by two pixels.
        ("110220", 1, "000000"),
        ("110220", 2, "010100"),
        ("1100 1022", 1, "0100 0010"),
        ("1111 1111", 3, "0000 0000"),
        ("0000 0000", 3, "0000 0000"),
        ("123", 1, "111"),
    ],
)
def test_by_hand(objects, width, expected):
    np.testing.assert_array_equal(touching(ids(objects), width), ids(expected) == 1)


@pytest.mark.parametrize("width", [1, 2, 5])
def test_beside_a_search(width):
    random = np.random.default_rng(width)
    objects = np.kron(random.integers(0, 5, (6, 7)), np.ones((4, 3), int)) * (random.random((24, 21)) < 0.8)
    expected = np.zeros(objects.shape, bool)
    for row, column in np.argwhere(objects):
        near = objects[max(0, row - width) : row + width + 1, max(0, column - width) : column + width + 1]
        expected[row, column] = bool(set(near[near > 0]) - {objects[row, column]})
    np.testing.assert_array_equal(touching(objects, width), expected)
