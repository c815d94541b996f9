from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.errors import UserError
from pipelines.data.images import ImageReader, read_mask

RANDOM = np.random.default_rng(2)


def save(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures with masks."""
    for number in range(3):
        save(tmp_path / "images" / f"p{number}.png", RANDOM.integers(0, 256, (6, 8 + number, 3), dtype=np.uint8))
        save(tmp_path / "masks" / f"p{number}.png", 255 * RANDOM.integers(0, 2, (6, 8 + number), dtype=np.uint8))
    return tmp_path


def refused(patterns: object, channels: int = 3, classes: int = 1) -> str:
    with pytest.raises(UserError) as error:
        list(ImageReader(patterns, channels, classes))
    assert "\n" not in str(error.value)
    return str(error.value)


def test_folders(folder):
    reader = ImageReader(folder, 3, 1)
    assert [pair.image.stem for pair in reader.pairs] == ["p0", "p1", "p2"]
    for pair, (image, labels) in zip(reader.pairs, reader, strict=True):
        np.testing.assert_allclose(image, np.asarray(Image.open(pair.image)) / 255, atol=1e-6)
        np.testing.assert_array_equal(labels, np.asarray(Image.open(pair.mask)) // 255)
    assert reader.summary() == "3 pictures with masks"


def test_suffixes_may_differ_and_mismatches_are_listed(folder):
    (folder / "masks" / "p0.png").rename(folder / "masks" / "q.png")
    Image.open(folder / "images" / "p1.png").save(folder / "images" / "p1.tif")
    (folder / "images" / "p1.png").unlink()
    (folder / "images" / ".hidden").write_text("")
    reader = ImageReader(folder, 3, 1)
    assert [pair.image.name for pair in reader.pairs] == ["p1.tif", "p2.png"]
    images, masks = folder / "images", folder / "masks"
    assert reader.summary() == (
        f"2 pictures with masks; left out: {images / 'p0.png'} (no mask), {masks / 'q.png'} (no picture)"
    )


def test_many_mismatches_are_counted(folder):
    for number in range(7):
        (folder / "masks" / f"x{number}.png").write_bytes(b"")
    assert ImageReader(folder, 3, 1).summary().endswith("x4.png (no picture) and 2 more")


def test_a_list_of_names_is_part_of_a_set(folder):
    (folder / "part.txt").write_text("p2\n\np0.png\n")
    assert [pair.mask.name for pair in ImageReader(folder / "part.txt", 3, 1).pairs] == ["p2.png", "p0.png"]
    (folder / "part.txt").write_text("p2\np7\n")
    assert refused(folder / "part.txt") == f"{folder / 'part.txt'}:2: there is no p7 in {folder / 'images'}"
    (folder / "part.txt").write_text("\n")
    assert "names no picture" in refused(folder / "part.txt")


@pytest.mark.parametrize("title", ["image,mask\n", ""])
def test_a_table_of_pairs(folder, title):
    (folder / "pairs.csv").write_text(f"{title}images/p1.png, masks/p1.png ,kept\n")
    (pair,) = ImageReader(folder / "pairs.csv", 3, 1).pairs
    assert pair == (folder / "images" / "p1.png", folder / "masks" / "p1.png")
    line = 2 if title else 1
    (folder / "pairs.csv").write_text(f"{title}images/p1.png\n")
    assert f"pairs.csv:{line}: is not image,mask" in refused(folder / "pairs.csv")
    (folder / "pairs.csv").write_text(f"{title}images/p1.png,masks/gone.png\n")
    assert f"pairs.csv:{line}: {folder / 'masks' / 'gone.png'} does not exist" in refused(folder / "pairs.csv")
    (folder / "pairs.csv").write_text(title)
    assert "has no pictures" in refused(folder / "pairs.csv")


def test_several_sets_are_one(folder):
    (folder / "part.txt").write_text("p2\n")
    assert len(ImageReader([folder, folder / "part.txt"], 3, 1)) == 4


def test_what_is_no_set(folder):
    assert "no such set" in refused(folder / "nothing")
    assert "is no set of pictures" in refused(folder / "images" / "p0.png")
    assert f"{folder / 'images' / 'images'}: no such folder" in refused(folder / "images")
    assert "no set of pictures given" in refused([])
    for file in (folder / "masks").iterdir():
        file.rename(file.with_stem(f"mask_{file.stem}"))
    assert "none of its 3 pictures has a mask" in refused(folder)


def test_one_name_twice(folder):
    save(folder / "images" / "p0.bmp", np.zeros((6, 8), np.uint8))
    assert "has the same name as p0.bmp" in refused(folder)


def test_sizes_must_be_alike(folder):
    save(folder / "masks" / "p1.png", np.zeros((5, 9), np.uint8))
    assert refused(folder).startswith(f"{folder / 'masks' / 'p1.png'}: is 9 x 5, its picture")


def test_a_broken_picture_is_named(folder):
    (folder / "images" / "p1.png").write_bytes(b"\x89PNG broken")
    assert refused(folder).startswith(f"{folder / 'images' / 'p1.png'}: ")


@pytest.mark.parametrize(
    "array",
    [
        np.array([[0, 255], [255, 0]], np.uint8),
        np.array([[0, 1], [1, 0]], np.uint8),
        np.array([[False, True], [True, False]]),
        np.array([[0, 65535], [65535, 0]], np.uint16),
        np.array([[[0] * 3, [255] * 3], [[255] * 3, [0] * 3]], np.uint8),
        # Smoothed along its border.
        np.array([[100, 200], [255, 0]], np.uint8),
    ],
)
def test_binary_masks(tmp_path, array):
    np.testing.assert_array_equal(read_mask(save(tmp_path / "m.png", array), 1), [[0, 1], [1, 0]])


def test_a_palette_has_background_first(tmp_path):
    image = Image.fromarray(np.array([[0, 1], [2, 0]], np.uint8)).convert("P")
    image.putdata([0, 1, 2, 0])
    image.save(tmp_path / "m.png")
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png", 1), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(read_mask(tmp_path / "m.png", 3), [[0, 1], [2, 0]])


def test_numbered_objects_are_no_binary_mask(tmp_path):
    file = save(tmp_path / "m.png", np.array([[0, 1, 2, 3, 200]], np.uint8))
    with pytest.raises(UserError, match="most of its values are neither 0 nor 255, for example 1"):
        read_mask(file, 1)


def test_an_empty_jpeg_mask_is_empty(tmp_path):
    file = save(tmp_path / "m.jpg", RANDOM.integers(0, 6, (16, 16), dtype=np.uint8))
    assert not read_mask(file, 1).any()


def test_classes(tmp_path):
    file = save(tmp_path / "m.png", np.array([[0, 1, 2, 255]], np.uint8))
    np.testing.assert_array_equal(read_mask(file, 3), [[0, 1, 2, 255]])
    with pytest.raises(UserError, match="has the value 2, no class from 0 to 1"):
        read_mask(file, 2)
    file = save(tmp_path / "colour.png", np.zeros((2, 2, 3), np.uint8))
    with pytest.raises(UserError, match="is a colour picture"):
        read_mask(file, 2)
