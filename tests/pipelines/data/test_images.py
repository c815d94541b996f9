from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.errors import UserError
from pipelines.data.images import ImageReader

RANDOM = np.random.default_rng(2)


def save(path: Path, array: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images with masks."""
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
    assert reader.summary() == "3 images with masks"


def test_suffixes_may_differ_and_mismatches_are_listed(folder):
    (folder / "masks" / "p0.png").rename(folder / "masks" / "q.png")
    Image.open(folder / "images" / "p1.png").save(folder / "images" / "p1.tif")
    (folder / "images" / "p1.png").unlink()
    (folder / "images" / ".hidden").write_text("")
    reader = ImageReader(folder, 3, 1)
    assert [pair.image.name for pair in reader.pairs] == ["p1.tif", "p2.png"]
    images, masks = folder / "images", folder / "masks"
    assert reader.summary() == (
        f"2 images with masks; left out: {images / 'p0.png'} (no mask), {masks / 'q.png'} (no image); "
        f"ignored 1 files that are no images: {images / '.hidden'}"
    )


def test_many_mismatches_are_counted(folder):
    for number in range(7):
        (folder / "masks" / f"x{number}.png").write_bytes(b"")
    assert ImageReader(folder, 3, 1).summary().endswith("x4.png (no image) and 2 more")


def test_a_list_of_names_is_part_of_a_set(folder):
    (folder / "part.txt").write_text("p2\n\np0.png\n")
    assert [pair.mask.name for pair in ImageReader(folder / "part.txt", 3, 1).pairs] == ["p2.png", "p0.png"]
    (folder / "part.txt").write_text("p2\np7\n")
    assert refused(folder / "part.txt") == f"{folder / 'part.txt'}:2: there is no p7 in {folder / 'images'}"
    (folder / "part.txt").write_text("\n")
    assert "names no image" in refused(folder / "part.txt")


@pytest.mark.parametrize("title", ["image,mask\n", ""])
def test_a_table_of_pairs(folder, title):
    (folder / "pairs.csv").write_text(f"{title}images/p1.png, masks/p1.png ,kept\n")
    (pair,) = ImageReader(folder / "pairs.csv", 3, 1).pairs
    assert pair == (folder / "images" / "p1.png", folder / "masks" / "p1.png")
    line = 2 if title else 1
    (folder / "pairs.csv").write_text(f"{title}images/p1.png\n")
    assert f"pairs.csv:{line}: is not image,mask" in refused(folder / "pairs.csv")
    (folder / "pairs.csv").write_text(f"{title}images/p1.png,masks/gone.png\n")
    assert f"pairs.csv:{line}: {folder / 'masks' / 'gone.png'}: no such file" in refused(folder / "pairs.csv")
    (folder / "pairs.csv").write_text(title)
    assert "has no images" in refused(folder / "pairs.csv")


def test_several_sets_are_one(folder):
    (folder / "part.txt").write_text("p2\n")
    assert len(ImageReader([folder, folder / "part.txt"], 3, 1)) == 4


def test_what_is_no_set(folder):
    assert "no such file or directory" in refused(folder / "nothing")
    assert "is no set of images" in refused(folder / "images" / "p0.png")
    assert f"{folder / 'images' / 'images'}: no such folder" in refused(folder / "images")
    assert "no set of images given" in refused([])
    for file in (folder / "masks").iterdir():
        file.rename(file.with_stem(f"mask_{file.stem}"))
    assert "none of its 3 images has a mask" in refused(folder)


def test_one_name_twice(folder):
    save(folder / "images" / "p0.bmp", np.zeros((6, 8), np.uint8))
    assert "has the same name as p0.bmp" in refused(folder)


def test_sizes_must_be_alike(folder):
    save(folder / "masks" / "p1.png", np.zeros((5, 9), np.uint8))
    assert refused(folder).startswith(f"{folder / 'masks' / 'p1.png'}: is 9 x 5, its image")


def test_a_broken_picture_is_named(folder):
    (folder / "images" / "p1.png").write_bytes(b"\x89PNG broken")
    assert refused(folder).startswith(f"{folder / 'images' / 'p1.png'}: ")
