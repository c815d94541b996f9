"""What is written for an image of which something cannot be written; the rest is tested through the commands."""

import numpy as np
import pytest

from edge.errors import UserError
from edge.image_jobs import ObjectOptions, plan_jobs


class Dots:
    """In place of a segmenter: every second pixel is an object of its own."""

    def mask(self, image: np.ndarray) -> np.ndarray:
        mask = np.zeros(image.shape[:2], np.uint8)
        mask[::2, ::2] = 1
        return mask

    def drawable(self, mask: np.ndarray) -> np.ndarray:
        return 255 * mask


def test_too_many_objects(tmp_path):
    """The message names the image, or its page, and none of its files is written; other images are not concerned."""
    Image = pytest.importorskip("PIL.Image")
    large, small = Image.new("L", (512, 512)), Image.new("L", (4, 4))
    large.save(tmp_path / "large.png")
    small.save(tmp_path / "pages.tif", save_all=True, append_images=[large.copy()])
    out = tmp_path / "out"
    out.mkdir()
    paths = [tmp_path / "large.png", tmp_path / "pages.tif"]
    (one, first, second) = plan_jobs(paths, out, overlays=True, objects=ObjectOptions())
    first.run(Dots(), ObjectOptions())
    written = {"pages.page1" + ending for ending in (".png", ".overlay.png", ".objects.png", ".objects.csv")}
    assert {file.name for file in out.iterdir()} == written
    for job, name in ((one, "large.png: has"), (second, "pages.tif: page 2: has")):
        with pytest.raises(UserError, match=rf"^{tmp_path}/{name} 65,536 objects.*; use a larger --min-area$"):
            job.run(Dots(), ObjectOptions())
    assert {file.name for file in out.iterdir()} == written
    # With the option that is advised it can be written.
    one.run(Dots(), ObjectOptions(min_area=2))
    assert len(list(out.iterdir())) == 8
