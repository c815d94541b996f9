"""The committed bundle `toy_segmenter`, on whatever runtime is installed; how discs are drawn says what is right."""

import csv
import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import edge
from edge.__main__ import main
from edge.errors import UserError
from edge.segmenter import Segmenter


@pytest.fixture(scope="module")
def segmenter(toy_segmenter: Path) -> Segmenter:
    return Segmenter(toy_segmenter)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


@pytest.mark.parametrize("size", [(48, 48), (33, 71), (64, 96), (100, 61), (131, 150)])
def test_discs_are_found_at_every_size(segmenter, draw, size):
    picture, mask = draw(7, *size)
    found = segmenter.mask(picture)
    assert found.shape == size and found.dtype == np.uint8
    assert overlap(found == 1, mask) > 0.9


def test_probabilities(segmenter, draw):
    picture, mask = draw(8)
    probabilities = segmenter.segment(picture)
    assert probabilities.shape == (48, 48, 1) and probabilities.dtype == np.float32
    assert probabilities.min() >= 0 and probabilities.max() <= 1
    assert probabilities[mask].mean() > 0.9 and probabilities[~mask].mean() < 0.1


def test_kinds_of_pictures_are_the_same(segmenter, draw):
    picture, _ = draw(9)
    expected = segmenter.segment(picture)
    for other in (picture / 255.0, picture.astype(np.uint16) * 257, picture[..., None], np.stack([picture] * 3, -1)):
        np.testing.assert_allclose(segmenter.segment(other), expected, atol=0.02)


def test_tiles_find_the_same_discs(toy_segmenter, draw):
    picture, mask = draw(10, 200, 170)
    tiled = Segmenter(toy_segmenter, tile=96, overlap=32).mask(picture)
    assert overlap(tiled == 1, mask) > 0.9


@pytest.mark.parametrize("threshold", [None, 0.0, 1.5, True, "half"])
def test_a_bundle_without_a_threshold(toy_segmenter, tmp_path, seal, threshold):
    bundle = shutil.copytree(toy_segmenter, tmp_path / "bundle")
    manifest = json.loads((bundle / "manifest.json").read_text())
    seal(bundle, manifest | {"threshold": threshold})
    with pytest.raises(UserError, match="threshold is"):
        edge.Segmenter(bundle)


def test_a_translator_does_not_segment(toy_segmenter):
    with pytest.raises(UserError, match="is for segmentation, not for translation"):
        edge.Translator(toy_segmenter)


def test_info(toy_segmenter, capsys):
    assert main(["info", str(toy_segmenter)]) == 0
    said = capsys.readouterr().out
    assert "segmentation" in said and "int8-static" in said and "limits" not in said


class TestCommand:
    """With Pillow."""

    @pytest.fixture(autouse=True)
    def pillow(self):
        self.image = pytest.importorskip("PIL.Image")

    def test_mask_and_overlay(self, toy_segmenter, draw, tmp_path, capsys):
        picture, mask = draw(11)
        self.image.fromarray(picture).save(tmp_path / "in.png")
        files = [tmp_path / name for name in ("in.png", "mask.png", "drawn.png")]
        assert (
            main(["segment", str(toy_segmenter), str(files[0]), "-o", str(files[1]), "--overlay", str(files[2])]) == 0
        )
        written = np.asarray(self.image.open(files[1]))
        assert set(np.unique(written)) == {0, 255} and overlap(written == 255, mask) > 0.9
        drawn = np.asarray(self.image.open(files[2]))
        assert drawn.shape == (48, 48, 3)
        # Red on discs, grey beside them.
        assert (drawn[written == 255, 0] > drawn[written == 255, 2]).all()
        assert (drawn[written == 0] == picture[written == 0][:, None]).all()
        assert capsys.readouterr().out == ""

    def test_objects_and_table(self, toy_segmenter, draw, tmp_path, capsys):
        picture, _ = draw(12, 150, 131)
        self.image.fromarray(picture).save(tmp_path / "in.png")
        labels, table = tmp_path / "labels.png", tmp_path / "objects.csv"
        command = ["segment", str(toy_segmenter), str(tmp_path / "in.png")]
        assert main([*command, "--objects", str(labels), "--table", str(table), "--min-area", "20", "--split"]) == 0
        assert capsys.readouterr().out == ""
        written = np.asarray(self.image.open(labels))
        with table.open(newline="") as stream:
            rows = [{name: int(value) for name, value in row.items()} for row in csv.DictReader(stream)]
        assert written.max() == len(rows) > 1 and written.dtype == np.uint8
        for row in rows:
            pixels = np.argwhere(written == row["id"])
            assert len(pixels) == row["area"] >= 20 and row["class"] == 1
            assert pixels.min(axis=0).tolist() == [row["top"], row["left"]]
            assert (pixels.max(axis=0) + 1).tolist() == [row["bottom"], row["right"]]
        found = edge.Segmenter(toy_segmenter).objects(picture, min_area=20, split=True)
        np.testing.assert_array_equal(found.labels, written)
        # Without a smallest area nothing is missing of the mask.
        assert main([*command, "--objects", str(labels), "-o", str(tmp_path / "mask.png")]) == 0
        np.testing.assert_array_equal(
            np.asarray(self.image.open(labels)) > 0, np.asarray(self.image.open(tmp_path / "mask.png")) == 255
        )
        assert sorted(file.name for file in tmp_path.iterdir()) == ["in.png", "labels.png", "mask.png", "objects.csv"]

    def test_flips(self, toy_segmenter, draw, tmp_path):
        picture, _ = draw(13, 70, 90)
        self.image.fromarray(picture).save(tmp_path / "in.png")
        command = ["segment", str(toy_segmenter), str(tmp_path / "in.png"), "-o", str(tmp_path / "mask.png")]
        assert main([*command, "--flips"]) == 0
        plain = edge.Segmenter(toy_segmenter)
        hand = [np.flip(plain.segment(np.flip(picture, axes)), axes) for axes in ((), 0, 1, (0, 1))]
        threshold = json.loads((toy_segmenter / "manifest.json").read_text())["threshold"]
        written = np.asarray(self.image.open(tmp_path / "mask.png")) == 255
        assert (written == (np.mean(hand, axis=0)[..., 0] >= threshold)).mean() > 0.999

    def test_a_folder_at_once(self, toy_segmenter, draw, tmp_path, capsys):
        """Images in the order of their names, of 8 and of 16 bits; what is no image is ignored, a damaged one named."""
        (tmp_path / "in" / "more").mkdir(parents=True)
        pictures = {"b": draw(11)[0], "a": draw(12, 60, 70)[0]}
        self.image.fromarray(pictures["b"]).save(tmp_path / "in" / "b.png")
        self.image.fromarray(pictures["a"].astype(np.uint16) * 257).save(tmp_path / "in" / "a.tif")
        (tmp_path / "in" / "notes.txt").write_text("none")
        command = ["segment", str(toy_segmenter), str(tmp_path / "in"), "--out", str(tmp_path / "out" / "masks")]
        assert main(command) == 0
        captured = capsys.readouterr()
        assert captured.out == "" and captured.err == f"{tmp_path / 'out' / 'masks'}: 2 masks\n"
        assert sorted(file.name for file in (tmp_path / "out" / "masks").iterdir()) == ["a.png", "b.png"]
        segmenter = edge.Segmenter(toy_segmenter)
        for name, picture in pictures.items():
            written = np.asarray(self.image.open(tmp_path / "out" / "masks" / f"{name}.png"))
            assert (written == 255 * segmenter.mask(picture)).mean() > 0.995
        (tmp_path / "in" / "c.png").write_bytes((tmp_path / "in" / "b.png").read_bytes()[:90])
        assert main([*command, "--overlays", "--object-files", "--min-area", "5", "--split"]) == 2
        captured = capsys.readouterr()
        assert "c.png: is damaged" in captured.err and "1 of 3 images have no mask" in captured.err
        written = sorted(file.name for file in (tmp_path / "out" / "masks").iterdir())
        kinds = (".objects.csv", ".objects.png", ".overlay.png", ".png")
        assert written == [f"{name}{kind}" for name in "ab" for kind in kinds]
        objects = segmenter.objects(pictures["b"], min_area=5, split=True)
        labels = np.asarray(self.image.open(tmp_path / "out" / "masks" / "b.objects.png"))
        np.testing.assert_array_equal(labels, objects.labels)

    @pytest.mark.parametrize("kind", [np.uint8, np.uint16])
    def test_pages_one_by_one(self, toy_segmenter, draw, tmp_path, capsys, kind):
        """Each page is what it would be alone, and pages may have different sizes."""
        pages = [draw(20 + index, 50 + index, 64)[0] for index in range(10)]
        factor = np.iinfo(kind).max // 255
        first, *rest = (self.image.fromarray(page.astype(kind) * kind(factor)) for page in pages)
        first.save(tmp_path / "stack.tif", save_all=True, append_images=rest)
        command = ["segment", str(toy_segmenter), str(tmp_path / "stack.tif")]
        assert main([*command, "-o", str(tmp_path / "mask.png")]) == 2
        assert "stack.tif: has 10 pages; use --out DIR" in capsys.readouterr().err
        assert main([*command, "--out", str(tmp_path / "out")]) == 0
        names = [f"stack.page{number:02}.png" for number in range(1, 11)]
        assert sorted(file.name for file in (tmp_path / "out").iterdir()) == names
        segmenter = edge.Segmenter(toy_segmenter)
        for name, page in zip(names, pages, strict=True):
            written = np.asarray(self.image.open(tmp_path / "out" / name))
            assert written.shape == page.shape and (written == 255 * segmenter.mask(page)).mean() > 0.995

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("in -o mask.png", "in: is a folder; use --out DIR"),
            ("in --out out -o mask.png", "--output: is for one image; with --out DIR use --overlays"),
            ("in/x.png -o mask.png --overlays", "--overlays: is for many images; use it with --out DIR"),
            ("in --out out --split", "--split: is for objects; use it with --objects LABELS.png"),
            ("empty --out out", "empty: has no image files"),
            ("in --out in", "in/x.png: is one of the images that are read"),
            ("in --out in/x.png/masks", "cannot be made"),
            ("twice --out out", "x.png: would be written for twice/x.bmp and for twice/x.png"),
        ],
    )
    def test_folders_that_cannot_be_used(self, toy_segmenter, draw, tmp_path, capsys, monkeypatch, arguments, said):
        monkeypatch.chdir(tmp_path)
        for name in ("in/x.png", "twice/x.png", "twice/x.bmp"):
            Path(name).parent.mkdir(exist_ok=True)
            self.image.fromarray(draw(1)[0]).save(name)
        Path("empty").mkdir()
        assert main(["segment", str(toy_segmenter), *arguments.split()]) == 2
        captured = capsys.readouterr()
        assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""
        assert sorted(file.name for file in tmp_path.iterdir()) == ["empty", "in", "twice"]
        assert len(list(Path("in").iterdir())) == 1

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ("", "nothing to write: use --output"),
            ("-o mask.png --split", "--split: is for objects"),
            ("--overlay drawn.png --min-area 3", "--min-area: is for objects"),
            ("--table objects.csv --objects labels.tif", "labels.tif: masks are written as PNG"),
            ("--objects labels.png --table none/objects.csv", "--table none/objects.csv: there is no directory"),
        ],
    )
    def test_objects_that_cannot_be_written(self, toy_segmenter, draw, tmp_path, capsys, monkeypatch, arguments, said):
        monkeypatch.chdir(tmp_path)
        self.image.fromarray(draw(1)[0]).save("in.png")
        assert main(["segment", str(toy_segmenter), "in.png", *arguments.split()]) == 2
        captured = capsys.readouterr()
        assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""
        assert [file.name for file in tmp_path.iterdir()] == ["in.png"]

    def test_bad_input(self, toy, toy_segmenter, draw, tmp_path, capsys):
        self.image.fromarray(draw(1)[0]).save(tmp_path / "in.png")
        (tmp_path / "text.png").write_text("no picture")
        for bundle, picture, mask, said in (
            (toy_segmenter, "text.png", "mask.png", "text.png: is no image"),
            (toy_segmenter, "gone.png", "mask.png", "gone.png: no such file"),
            (toy_segmenter, "in.png", "mask.jpg", "mask.jpg: masks are written as PNG"),
            (toy, "in.png", "mask.png", "is for translation, not for segmentation"),
        ):
            assert main(["segment", str(bundle), str(tmp_path / picture), "-o", str(tmp_path / mask)]) == 2
            captured = capsys.readouterr()
            assert said in captured.err and captured.err.count("\n") == 1 and captured.out == ""
            assert not (tmp_path / mask).exists()


def test_without_pillow_the_command_says_what_to_install(toy_segmenter, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert main(["segment", str(toy_segmenter), str(tmp_path / "in.png"), "-o", str(tmp_path / "mask.png")]) == 2
    assert "pip install pillow" in capsys.readouterr().err
