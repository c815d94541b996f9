import numpy as np
import pytest

from keras_s2s.mask_losses import IGNORED
from pipelines.tasks.segmentation.iou import class_table, confusion_matrix, score_classes, score_masks


def mask(text: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in text.split()], np.uint8)


def test_counts_by_hand():
    """Rows are true classes, columns predicted ones."""
    np.testing.assert_array_equal(confusion_matrix(mask("110 010"), mask("011 010"), 1), [[2, 1], [1, 2]])
    labels = mask("011 010")
    labels[0] = IGNORED
    np.testing.assert_array_equal(confusion_matrix(mask("110 010"), labels, 1), [[2, 0], [0, 1]])
    np.testing.assert_array_equal(confusion_matrix(mask("110 010") > 0, mask("011 010"), 1), [[2, 1], [1, 2]])
    found = confusion_matrix(mask("012"), mask("112"), 3)
    np.testing.assert_array_equal(found, [[0, 0, 0], [1, 1, 0], [0, 0, 1]])


def score(*pairs: tuple[str, str], classes: int = 1) -> dict:
    """Scores of pairs of a predicted and a true mask."""
    return score_masks([confusion_matrix(mask(one), mask(other), classes) for one, other in pairs], classes)


def test_pooled_and_per_picture_by_hand():
    """Pictures of 1 shared pixel in a union of 2, and of 6 in one of 6: pooled 7 of 8."""
    scores = score(("11", "10"), ("111111", "111111"))
    assert scores["iou"] == pytest.approx(100 * 7 / 8)
    assert scores["dice"] == pytest.approx(100 * 14 / 15)
    assert scores["image_iou"] == pytest.approx(100 * (1 / 2 + 1) / 2)
    assert scores["image_dice"] == pytest.approx(100 * (2 / 3 + 1) / 2)
    assert scores["images"] == 2


def test_nothing_to_find_and_nothing_found_is_right():
    scores = score(("00", "00"), ("10", "00"))
    assert (scores["image_iou"], scores["iou"]) == (50.0, 0.0)


def test_several_classes_are_averaged():
    # Class 0: 1 of 2. Class 1: 0 of 1. Class 2: 1 of 1. Class 3 is nowhere.
    scores = score(("012", "002"), classes=4)
    assert scores["iou"] == pytest.approx(100 * (1 / 2 + 0 + 1) / 3)


def test_by_class():
    """Class 0: 1 of 2. Class 1: predicted only. Class 2: 1 of 1. Class 3 is nowhere."""
    classes = score_classes(confusion_matrix(mask("012"), mask("002"), 4))
    assert [row["class"] for row in classes] == [0, 1, 2, 3]
    assert [row["iou"] for row in classes] == pytest.approx([50, 0, 100, None])
    assert [row["dice"] for row in classes] == pytest.approx([200 / 3, 0, 100, None])
    assert [row["pixels"] for row in classes] == pytest.approx([200 / 3, 0, 100 / 3, 0])
    assert class_table(classes).splitlines()[2:] == [
        "| 0 | 50.00 | 66.67 | 66.67 |",
        "| 1 | 0.00 | 0.00 | 0.00 |",
        "| 2 | 100.00 | 100.00 | 33.33 |",
        "| 3 |  |  | 0.00 |",
    ]
