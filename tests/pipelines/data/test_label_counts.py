from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.errors import UserError
from pipelines.data.images import ImageReader
from pipelines.data.label_counts import count_labels


def reader(folder: Path, masks: list[list[int]], classes: int = 1) -> ImageReader:
    """Images of one row each, with these masks."""
    for number, values in enumerate(masks):
        for name, row in (("images", [0] * len(values)), ("masks", values)):
            (folder / name).mkdir(exist_ok=True)
            Image.fromarray(np.array([row], np.uint8)).save(folder / name / f"{number}.png")
    return ImageReader(folder, 1, classes)


def test_pixels_per_class(tmp_path):
    counts = count_labels(reader(tmp_path, [[0, 255, 0, 0], [0, 0, 0, 0]]))
    assert counts.pixels.tolist() == [7, 1] and counts.ignored == 0 and counts.absent == []
    assert counts.foreground == pytest.approx(1 / 8)
    counts.check("set")


def test_pixels_that_do_not_count(tmp_path):
    counts = count_labels(reader(tmp_path, [[0, 1, 255, 3], [1, 1, 255, 255]], 4))
    assert counts.pixels.tolist() == [1, 3, 0, 1] and counts.ignored == 3 and counts.absent == [2]
    assert counts.foreground == pytest.approx(4 / 5)
    counts.check("set")


@pytest.mark.parametrize(
    ("masks", "classes", "said"),
    [
        ([[0, 0], [0, 0]], 1, "the masks have no foreground in 4 pixels"),
        ([[255, 255]], 1, "the masks have no background in 2 pixels"),
        ([[0, 255]], 2, "the masks have no foreground in 1 pixels"),
        ([[2, 2, 255]], 3, "the masks have no class but 2 in 2 pixels"),
        ([[255, 255]], 3, "no pixel of the masks counts: all have the value 255"),
    ],
)
def test_a_set_that_teaches_nothing(tmp_path, masks, classes, said):
    counts = count_labels(reader(tmp_path, masks, classes))
    with pytest.raises(UserError) as error:
        counts.check("set")
    assert str(error.value).startswith(f"set: {said}")
