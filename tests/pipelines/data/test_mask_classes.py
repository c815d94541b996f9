"""Masks of several classes."""

from pathlib import Path

import numpy as np
from mask_drawings import BLACK, RED, TRUTH, WHITE, colours, read, refused, save
from PIL import Image


class TestClasses:
    """Values are classes, as they are."""

    LABELS = np.array([[0, 1, 2, 255]], np.uint8)

    def one(self, tmp_path: Path, image: Image.Image, classes: int = 3, setting: str = "auto") -> list[int]:
        (labels,), said = read(save(tmp_path, [image]), setting, classes)
        assert said == ""
        return labels[0].tolist()

    def test_grey_in_all_forms(self, tmp_path):
        image = Image.fromarray(self.LABELS)
        for mode in ("L", "RGB", "RGBA", "LA"):
            assert self.one(tmp_path, image.convert(mode)) == [0, 1, 2, 255]
        assert self.one(tmp_path, Image.fromarray(self.LABELS.astype(np.uint16))) == [0, 1, 2, 255]

    def test_a_palette_has_classes_as_indices(self, tmp_path):
        image = Image.frombytes("P", (4, 1), bytes([0, 1, 2, 255]))
        image.putpalette([*BLACK, *RED, 30, 200, 30, *[224, 224, 192] * 253])
        assert self.one(tmp_path, image) == [0, 1, 2, 255]
        image = Image.frombytes("P", (2, 1), bytes([0, 1]))
        image.putpalette([*WHITE, *BLACK])
        assert self.one(tmp_path, image, 2) == [0, 1]

    def test_a_palette_of_grey_values_that_are_classes(self, tmp_path):
        """A program that saves with few colours may order them as it likes."""
        image = Image.frombytes("P", (4, 1), bytes([1, 2, 0, 3]))
        image.putpalette([2, 2, 2, 0, 0, 0, 1, 1, 1, *WHITE])
        assert self.one(tmp_path, image) == [0, 1, 2, 255]
        assert self.one(tmp_path, image, 4, "index") == [1, 2, 0, 3]

    def test_what_is_no_class(self, tmp_path):
        assert "has the value 2, no class from 0 to 1: set model.classes" in refused(
            save(tmp_path, [Image.fromarray(self.LABELS)]), classes=2
        )
        files = save(tmp_path, [colours(BLACK, RED)(TRUTH[0])])
        assert "is a colour image (RGB); the mask of 3 classes has one value per pixel" in refused(files, classes=3)
