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
