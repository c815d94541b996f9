"""Sizes, pixels and centres of classes, computed by hand."""

from pathlib import Path

import numpy as np
from PIL import Image

from pipelines.data.image_facts import image_facts
from pipelines.data.images import ImageReader


def facts(folder: Path, masks: list[np.ndarray], classes: int):
    for number, mask in enumerate(masks):
        for name in ("images", "masks"):
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(mask.astype(np.uint8)).save(folder / name / f"{number}.png")
    return image_facts(ImageReader(folder, 1, classes))


def test_by_hand(tmp_path):
    # Class 1 is the upper row, class 2 the pixel at the right below; 255 does not count.
    one = np.array([[1, 1, 1, 1], [0, 0, 255, 2]])
    two = np.zeros((3, 5))
    found = facts(tmp_path, [one, two], 3)
    assert found.sizes.tolist() == [[2, 4], [3, 5]]
    assert found.pixels.tolist() == [[2, 4, 1], [15, 0, 0]]
    np.testing.assert_allclose(found.centres[0], [[0.25, -0.25], [-0.25, 0.0], [0.25, 0.375]])
    np.testing.assert_allclose(found.centres[1], [[0, 0], [np.nan, np.nan], [np.nan, np.nan]], atol=1e-12)


def test_binary_masks_have_background_and_foreground(tmp_path):
    found = facts(tmp_path, [np.array([[0, 255, 0]])], 1)
    assert found.pixels.tolist() == [[2, 1]]
    np.testing.assert_allclose(found.centres[0], [[0, 0], [0, 0]], atol=1e-12)
