import os
import unicodedata
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
        f"2 images with masks; skipped: {images / 'p0.png'} (no mask), {masks / 'q.png'} (no image); "
        f"1 ignored (not image files): {images / '.hidden'}"
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
    assert "is not a data set of images" in refused(folder / "images" / "p0.png")
    assert f"{folder / 'images' / 'images'}: no such folder" in refused(folder / "images")
    assert "no data set of images given" in refused([])
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


@pytest.mark.parametrize(
    "clutter",
    [
        ["images/Thumbs.db", "masks/Thumbs.db"],
        ["images/.DS_Store", "images/._p0.png", "masks/._p0.png", "images/.hidden/", "masks/p1.json"],
        ["images/desktop.ini", "masks/desktop.ini", "images/notes/", "images/p0.txt", "masks/README"],
    ],
)
def test_clutter_is_ignored_and_counted(folder, clutter):
    for name in clutter:
        (folder / name).mkdir() if name.endswith("/") else (folder / name).write_bytes(b"\x00\x01clutter")
    reader = ImageReader(folder, 3, 1)
    assert [pair.image.name for pair in reader.pairs] == ["p0.png", "p1.png", "p2.png"]
    assert f"; {len(clutter)} ignored (not image files): {folder}" in reader.summary()
    (folder / "part.txt").write_text("p1\np0.png\n")
    assert len(ImageReader(folder / "part.txt", 3, 1)) == 2


@pytest.mark.parametrize("name", ["núcleo", "한글", "café-ĳ"])
@pytest.mark.parametrize("forms", [("NFC", "NFD"), ("NFD", "NFC"), ("NFD", "NFD")])
def test_names_match_however_accents_are_composed(tmp_path, name, forms):
    image, mask = (unicodedata.normalize(form, f"{name}.png") for form in forms)
    save(tmp_path / "images" / image, np.zeros((4, 4), np.uint8))
    save(tmp_path / "masks" / mask, np.zeros((4, 4), np.uint8))
    expected = [(tmp_path / "images" / image, tmp_path / "masks" / mask)]
    assert ImageReader(tmp_path, 1, 1).pairs == expected
    for form in ("NFC", "NFD"):
        written = unicodedata.normalize(form, name)
        (tmp_path / "part.txt").write_text(f"{written}\n", encoding="utf-8")
        assert ImageReader(tmp_path / "part.txt", 1, 1).pairs == expected
        (tmp_path / "all.csv").write_text(f"images/{written}.png,masks/{written}.png\n", encoding="utf-8")
        assert ImageReader(tmp_path / "all.csv", 1, 1).pairs == expected


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_lists_and_tables_with_a_byte_order_mark(folder, encoding):
    (folder / "part.txt").write_bytes("p2\r\np0\r\n".encode(encoding))
    assert [pair.image.stem for pair in ImageReader(folder / "part.txt", 3, 1).pairs] == ["p2", "p0"]
    for title in ("", "image,mask\r\n"):
        (folder / "all.csv").write_bytes(f"{title}images/p1.png,masks/p1.png\r\n".encode(encoding))
        assert [pair.image.stem for pair in ImageReader(folder / "all.csv", 3, 1).pairs] == ["p1"]


def test_names_that_are_not_utf8(folder):
    name = os.fsdecode(b"ma\xf1ana.png")
    for part in ("images", "masks"):
        (folder / part / "p0.png").rename(folder / part / name)
    assert r"ma\udcf1ana.png: the name is not UTF-8; rename it" in refused(folder)


def test_a_table_that_is_none(folder):
    (folder / "pairs.csv").write_text('"' + "x" * 200_000)
    assert "pairs.csv: is no table of image,mask (field larger" in refused(folder / "pairs.csv")
    (folder / "pairs.csv").write_bytes(b"\x89PNG\r\n" + bytes(200))
    assert "pairs.csv: is a binary file" in refused(folder / "pairs.csv")


def turned(path: Path, array: np.ndarray, number: int) -> None:
    """An image that a camera stored otherwise than it is seen."""
    exif = Image.Exif()
    exif[0x0112] = number
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(array).save(path, exif=exif)


# How an array of what is stored becomes one of what is seen.
SEEN = {3: lambda array: array[::-1, ::-1], 6: lambda array: array[::-1].T, 8: lambda array: array.T[::-1]}


@pytest.mark.parametrize("drawn_on", ["seen", "stored"])
def test_masks_of_turned_images(tmp_path, drawn_on):
    """Some programs draw on the image as it is seen, some as it is stored: sizes tell, and of the set for all."""
    for number, see in SEEN.items():
        array = RANDOM.integers(0, 2, (6, 10), dtype=np.uint8) * 255
        turned(tmp_path / "images" / f"{number}.png", array, number)
        save(tmp_path / "masks" / f"{number}.png", np.ascontiguousarray(see(array)) if drawn_on == "seen" else array)
    reader = ImageReader(tmp_path, 1, 1)
    for image, labels in reader:
        np.testing.assert_array_equal(image[..., 0], labels)
    assert ("3 masks rotated by the EXIF orientation" in reader.summary()) == (drawn_on == "stored")


def test_object_ids_are_turned_as_masks_are(tmp_path):
    """Two objects in one image, three in the other, drawn on the images as they are stored."""
    for name, number in (("a", 2), ("b", 3)):
        array = np.zeros((6, 10), np.uint8)
        for each in range(number):
            array[2 * each : 2 * each + 2, 1 : 4 + each] = each + 1
        turned(tmp_path / "images" / f"{name}.png", array, 6)
        save(tmp_path / "masks" / f"{name}.png", array)
    reader = ImageReader(tmp_path, 1, 1)
    for pair, (_, labels) in zip(reader.pairs, reader, strict=True):
        ids = reader.objects(pair)
        assert ids.shape == (10, 6)
        np.testing.assert_array_equal(ids, np.rot90(np.asarray(Image.open(pair.mask)), -1))
        np.testing.assert_array_equal(ids > 0, labels)


def test_turned_images_whose_masks_contradict_each_other(tmp_path):
    for name, number, shape in (("a", 6, (10, 6)), ("b", 8, (6, 10)), ("c", 3, (6, 10))):
        turned(tmp_path / "images" / f"{name}.png", np.zeros((6, 10), np.uint8), number)
        save(tmp_path / "masks" / f"{name}.png", np.zeros(shape, np.uint8))
    assert "c.png: was it made before or after its image was rotated" in refused(tmp_path, 1)


def test_a_mask_that_is_turned_itself(tmp_path):
    array = RANDOM.integers(0, 2, (6, 10), dtype=np.uint8) * 255
    for name in ("images", "masks"):
        turned(tmp_path / name / "a.png", array, 6)
    ((image, labels),) = ImageReader(tmp_path, 1, 1)
    np.testing.assert_array_equal(image[..., 0], labels)


def test_what_was_decided_about_masks_is_in_the_summary(folder):
    for number in range(3):
        mask = RANDOM.integers(0, 2, (6, 8 + number), dtype=np.uint8) * 255
        white = np.full_like(mask, 255)
        save(folder / "masks" / f"p{number}.png", np.stack([white, white, white, mask], axis=-1))
    reader = ImageReader(folder, 3, 1)
    for pair, (_, labels) in zip(reader.pairs, reader, strict=True):
        np.testing.assert_array_equal(labels, np.asarray(Image.open(pair.mask))[..., 3] > 0)
    assert reader.summary().endswith("3 masks are of one colour and differ in opacity: what is opaque is foreground")
