import numpy as np
import pytest

from keras_s2s.mask_losses import IGNORED
from pipelines.tasks.segmentation.iou import count, score_masks


def mask(text: str) -> np.ndarray:
    return np.array([[int(digit) for digit in row] for row in text.split()], np.uint8)


def test_counts_by_hand():
    np.testing.assert_array_equal(count(mask("110 010"), mask("011 010"), 1), [[2, 3, 3]])
    labels = mask("011 010")
    labels[0] = IGNORED
    np.testing.assert_array_equal(count(mask("110 010"), labels, 1), [[1, 1, 1]])
    np.testing.assert_array_equal(count(mask("012"), mask("112"), 3), [[0, 1, 0], [1, 1, 2], [1, 1, 1]])


def test_pooled_and_per_picture_by_hand():
    """Pictures of 1 shared pixel in a union of 2, and of 6 in one of 6: pooled 7 of 8."""
    scores = score_masks([count(mask("11"), mask("10"), 1), count(mask("111111"), mask("111111"), 1)])
    assert scores["iou"] == pytest.approx(100 * 7 / 8)
    assert scores["dice"] == pytest.approx(100 * 14 / 15)
    assert scores["image_iou"] == pytest.approx(100 * (1 / 2 + 1) / 2)
    assert scores["image_dice"] == pytest.approx(100 * (2 / 3 + 1) / 2)
    assert scores["images"] == 2


def test_nothing_to_find_and_nothing_found_is_right():
    scores = score_masks([count(mask("00"), mask("00"), 1), count(mask("10"), mask("00"), 1)])
    assert (scores["image_iou"], scores["iou"]) == (50.0, 0.0)


def test_several_classes_are_averaged():
    # Class 0: 1 of 2. Class 1: 0 of 1. Class 2: 1 of 1. Class 3 is nowhere.
    scores = score_masks([count(mask("012"), mask("002"), 4)])
    assert scores["iou"] == pytest.approx(100 * (1 / 2 + 0 + 1) / 3)
