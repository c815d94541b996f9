"""Objects of label images that are drawn by hand."""

import numpy as np
import pytest

from edge.errors import UserError
from edge.objects import Object, find_objects
from edge.segmenter import Network, Segmenter


def ids(text: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in text.split()], np.uint8)


RING = "0111110 0100010 0101010 0100010 0111110 0000000 2200011"


def test_by_hand():
    found = find_objects(ids(RING))
    assert list(found) == [
        Object(1, 1, 16, (1, 0, 6, 5)),
        Object(2, 1, 1, (3, 2, 4, 3)),
        Object(3, 2, 2, (0, 6, 2, 7)),
        Object(4, 1, 2, (5, 6, 7, 7)),
    ]
    np.testing.assert_array_equal(found.labels, ids("0111110 0100010 0102010 0100010 0111110 0000000 3300044"))
    assert len(found) == 4 and found.labels.dtype == np.int32


def test_small_ones_are_removed_and_the_others_numbered_anew():
    found = find_objects(ids(RING), min_area=2)
    assert [(each.id, each.class_id, each.area) for each in found] == [(1, 1, 16), (2, 2, 2), (3, 1, 2)]
    np.testing.assert_array_equal(found.labels, ids("0111110 0100010 0100010 0100010 0111110 0000000 2200033"))
    assert len(find_objects(ids(RING), min_area=17)) == 0


@pytest.mark.parametrize("split", [False, True])
def test_none_one_pixel_and_all(split):
    empty = find_objects(np.zeros((3, 4), np.uint8), split=split)
    assert len(empty) == 0 and not empty.labels.any() and empty.drawable("a.png").dtype == np.uint8
    assert list(find_objects(ids("000 010"), split=split)) == [Object(1, 1, 1, (1, 1, 2, 2))]
    assert list(find_objects(np.ones((3, 4), bool), split=split)) == [Object(1, 1, 12, (0, 0, 4, 3))]


def discs() -> np.ndarray:
    """Two that touch of class 1, two that touch of class 2, one of class 2 that touches one of class 1."""
    rows, columns = np.mgrid[:60, :60]
    mask = np.zeros((60, 60), np.uint8)
    for row, column, kind in ((15, 30, 2), (15, 47, 2), (32, 30, 1), (32, 47, 1)):
        mask[np.hypot(rows - row, columns - column) <= 9] = kind
    return mask


def test_touching_discs():
    mask = discs()
    assert [each.class_id for each in find_objects(mask)] == [2, 1]
    found = find_objects(mask, split=True)
    assert [each.class_id for each in found] == [2, 2, 1, 1]
    np.testing.assert_array_equal(found.labels > 0, mask > 0)
    assert [found.labels[place] for place in ((15, 30), (15, 47), (32, 30), (32, 47))] == [1, 2, 3, 4]
    for each in found:
        pixels = np.argwhere(found.labels == each.id)
        assert each.area == len(pixels)
        assert each.box == (*pixels.min(axis=0)[::-1].tolist(), *(pixels.max(axis=0) + 1)[::-1].tolist())


def test_a_smallest_area_that_is_none():
    with pytest.raises(UserError, match="min_area 0: is not a positive number"):
        find_objects(ids("1"), min_area=0)


def test_numbers_of_a_png():
    """A grid of single pixels, each of which is an object."""
    for side, kind in ((15, np.uint8), (16, np.uint16), (255, np.uint16)):
        mask = np.zeros((2 * side, 2 * side), bool)
        mask[::2, ::2] = True
        found = find_objects(mask)
        assert found.drawable("a.png").dtype == kind and found.drawable("a.png").max() == side * side
    mask = np.zeros((2, 2 * 65_536), bool)
    mask[0, ::2] = True
    with pytest.raises(UserError, match=r"^a\.png: has 65,536 objects, more than the 65,535 .*larger --min-area$"):
        find_objects(mask).drawable("a.png")


def test_the_table(tmp_path):
    find_objects(ids(RING), min_area=2).write_table(tmp_path / "objects.csv")
    assert (tmp_path / "objects.csv").read_bytes().decode().split("\n") == [
        "id,class,area,left,top,right,bottom",
        "1,1,16,1,0,6,5",
        "2,2,2,0,6,2,7",
        "3,1,2,5,6,7,7",
        "",
    ]
    with pytest.raises(UserError, match="cannot be written"):
        find_objects(ids(RING)).write_table(tmp_path / "nowhere" / "objects.csv")
    assert [file.name for file in tmp_path.iterdir()] == ["objects.csv"]


def test_of_a_network():
    """Objects are those of the mask, by its threshold."""
    probabilities = 0.7 * (ids("1101 0001")[..., None] > 0)
    network = Network(lambda images: probabilities[None].astype(np.float32), channels=1, threshold=0.65)
    found = Segmenter(network).objects(np.zeros((2, 4)))
    assert [(each.area, each.box) for each in found] == [(2, (0, 0, 2, 1)), (2, (3, 0, 4, 2))]
