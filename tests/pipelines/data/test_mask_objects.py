"""Masks that number their objects: as foreground, and as objects."""

from pathlib import Path

import numpy as np
import pytest
from mask_drawings import BLACK, NUMBERS, RED, TRUTH, USUAL, WHITE, assert_truth, grey, numbered, read, save, smoothed
from PIL import Image

from pipelines.data.masks import MaskReader


def test_numbered_objects(tmp_path):
    """The number of objects differs, so they are no classes."""
    found, said = read(save(tmp_path, numbered(1)))
    assert_truth(found)
    assert said == "masks number their objects, 1 to 5 in one of them: all but 0 is foreground"


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32])
def test_many_numbered_objects(tmp_path, dtype):
    """More than anyone draws classes: squares of three pixels, some of them dark."""
    cells = np.kron(np.arange(1, 145).reshape(12, 12), np.ones((4, 4), int))
    cells[3::4, :] = cells[:, 3::4] = 0
    values = cells * (1 if dtype is np.uint8 else 300)
    (found,), said = read(save(tmp_path, [Image.fromarray(values.astype(dtype))], "tif"))
    np.testing.assert_array_equal(found, cells > 0)
    assert "numbered objects have: all but 0 is foreground" in said


def test_coloured_objects(tmp_path):
    cells = np.kron(np.arange(1, 17).reshape(4, 4), np.ones((12, 12), int))
    cells[10::12, :] = cells[:, 10::12] = 0
    table = np.random.default_rng(0).integers(60, 256, (17, 3))
    table[0] = 0
    (found,), _ = read(save(tmp_path, [Image.fromarray(table[cells].astype(np.uint8))]))
    np.testing.assert_array_equal(found, cells > 0)


@pytest.mark.parametrize("step", [3, 4, 6])
def test_tiny_numbered_objects(tmp_path, step):
    """Two by two pixels, close together: no smoothed borders."""
    side = 12 * step
    values = np.zeros((side, side), np.uint8)
    numbers = np.random.default_rng(0).permutation(np.arange(1, 145)).reshape(12, 12)
    for row, column in ((0, 0), (0, 1), (1, 0), (1, 1)):
        values[row::step, column::step] = numbers
    (found,), said = read(save(tmp_path, [Image.fromarray(values)]))
    np.testing.assert_array_equal(found, values > 0)
    assert "numbered objects" in said


def read_objects(files: list[Path], setting: str = "auto", classes: int = 1) -> list[np.ndarray | None]:
    reader = MaskReader(files, classes, setting)
    return [reader.read_objects(file) for file in files]


@pytest.mark.parametrize("setting", ["auto", "nonzero", "index"])
def test_numbers_are_read_as_objects(tmp_path, setting):
    """Objects that touch are told apart by their numbers, and parts of one number are one object."""
    values = [numbers.copy() for numbers in NUMBERS]
    for each in values:
        each[0, :20], each[1, :20], each[3, :20] = 1, 2, 1
    found = read_objects(save(tmp_path, [Image.fromarray(each) for each in values]), setting)
    for ids, each in zip(found, values, strict=True):
        assert ids.dtype == np.int32
        np.testing.assert_array_equal(ids, each)


def test_indices_of_a_palette_are_read_as_objects(tmp_path):
    """As PASCAL VOC has them, and with a palette that says nothing."""
    for colour in ([0, 0, 0, *RED, *WHITE, 0, 99, 0, 50, 60, 250, 40, 40, 40], [*BLACK] * 6):
        images = [Image.fromarray(numbers) for numbers in NUMBERS]
        for image in images:
            image.putpalette(colour)
        (tmp_path / str(len(set(colour)))).mkdir()
        files = save(tmp_path / str(len(set(colour))), images)
        for ids, numbers in zip(read_objects(files, "index"), NUMBERS, strict=True):
            np.testing.assert_array_equal(ids, numbers)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_many_numbers_and_colours_are_read_as_objects(tmp_path, dtype):
    cells = np.kron(np.arange(1, 145).reshape(12, 12), np.ones((4, 4), int))
    cells[3::4, :] = 0
    table = np.random.default_rng(0).permutation(np.arange(60, 256))[np.arange(145)]
    table[0] = 0
    pictures = [Image.fromarray((cells * (1 if dtype is np.uint8 else 300)).astype(dtype))]
    pictures.append(Image.fromarray(np.stack([table[cells], table[cells], cells], axis=-1).astype(np.uint8)))
    for number, picture in enumerate(pictures):
        (tmp_path / str(number)).mkdir()
        (ids,) = read_objects(save(tmp_path / str(number), [picture]))
        # Each number has its own id, whatever it is.
        assert len(np.unique(np.stack([ids.ravel(), cells.ravel()]), axis=1).T) == 145 == ids.max() + 1
        np.testing.assert_array_equal(ids > 0, cells > 0)


@pytest.mark.parametrize("made", [*USUAL.values(), smoothed])
def test_masks_that_do_not_number_objects(tmp_path, made):
    files = save(tmp_path, [made(mask) for mask in TRUTH])
    assert read_objects(files) == [None] * 3
    if made is not smoothed and made is not USUAL["RGB"] and made is not USUAL["opaque RGBA"]:
        assert read_objects(files, "index") == [None] * 3
    assert read_objects(files, "light") == [None] * 3


@pytest.mark.parametrize("setting", ["auto", "nonzero", "index"])
def test_binary_masks_among_numbered_ones(tmp_path, setting):
    """The objects of a binary mask are its components, those of the others their numbers; a single number is one."""
    cells = np.kron(np.arange(16).reshape(4, 4), np.ones((12, 12), int)).astype(np.uint8)
    single, empty = np.uint8(NUMBERS[0] == 1), np.zeros_like(cells)
    binary = [Image.fromarray(TRUTH[0] > 0), grey(0, 255)(TRUTH[1]), grey(0, 65535, np.uint16)(TRUTH[2])]
    found = read_objects(save(tmp_path, [*map(Image.fromarray, (cells, single, empty)), *binary]), setting)
    for ids, numbers in zip(found[:3], (cells, single, empty), strict=True):
        np.testing.assert_array_equal(ids, numbers)
    assert found[3:] == [None] * 3


@pytest.mark.parametrize("setting", ["nonzero", "index"])
@pytest.mark.parametrize(
    ("masks", "numbered"),
    [
        ([NUMBERS[0], NUMBERS[1]], True),
        # Without background; the same number in each; fewer than three; a gap in the numbers.
        ([np.maximum(NUMBERS[0], 1), np.maximum(NUMBERS[1], 1)], False),
        ([NUMBERS[0], NUMBERS[0]], False),
        ([NUMBERS[1], np.minimum(NUMBERS[1], 1)], False),
        ([NUMBERS[0], np.where(NUMBERS[2] == 3, 0, NUMBERS[2])], False),
        # Many values in even areas, but not consecutive.
        ([np.kron(20 * np.arange(12).reshape(3, 4), np.ones((9, 9))), NUMBERS[0]], False),
    ],
)
def test_nonzero_and_index_have_one_rule_and_it_is_logged(tmp_path, capsys, setting, masks, numbered):
    files = save(tmp_path, [Image.fromarray(np.uint8(mask)) for mask in masks])
    assert [each is not None for each in read_objects(files, setting)] == [numbered] * 2
    decided = "the numbers in the masks" if numbered else "connected components of the masks"
    assert capsys.readouterr().err == f"true objects: {decided}\n"


def test_classes_are_no_objects(tmp_path):
    assert read_objects(save(tmp_path, [Image.fromarray(numbers) for numbers in NUMBERS]), classes=6) == [None] * 3
