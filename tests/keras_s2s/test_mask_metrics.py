import keras
import numpy as np
import pytest

from keras_s2s.mask_losses import IGNORED
from keras_s2s.mask_metrics import MaskDice, MaskIoU

METRICS = {"iou": MaskIoU, "dice": MaskDice}


def logits(mask: list) -> np.ndarray:
    """Of a binary mask `(height, width)`: a batch of one."""
    return np.where(np.array(mask), 2.0, -0.5).astype("float32")[None, ..., None]


def labels(mask: list) -> np.ndarray:
    return np.array(mask, np.uint8)[None]


@pytest.mark.parametrize(("name", "expected"), [("iou", 3 / 8), ("dice", 6 / 11)])
def test_pictures_are_pooled(name, expected):
    """First 1 of 3 pixels shared, then 2 of 5: pooled 3 of 8, which is not the mean of the two."""
    metric = METRICS[name]()
    metric.update_state(labels([[1, 1], [0, 0]]), logits([[1, 0], [1, 0]]))
    metric.update_state(labels([[1, 1, 1], [0, 0, 0]]), logits([[1, 1, 0], [1, 1, 0]]))
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-6)


@pytest.mark.parametrize(("name", "expected"), [("iou", 1 / 2), ("dice", 2 / 3)])
def test_ignored_pixels_do_not_count(name, expected):
    metric = METRICS[name]()
    metric.update_state(labels([[1, 0], [IGNORED, IGNORED]]), logits([[1, 1], [1, 0]]))
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-6)


@pytest.mark.parametrize(
    # Class 0: 1 shared, 2 true, 1 predicted. Class 1: 1 shared, 1 true, 2 predicted. Class 2 is nowhere.
    ("name", "expected"),
    [("iou", (1 / 2 + 1 / 2) / 2), ("dice", (2 / 3 + 2 / 3) / 2)],
)
def test_mean_over_the_classes_that_there_are(name, expected):
    metric = METRICS[name](classes=3)
    predicted = np.array([[[0, 1, 1]]])
    metric.update_state(np.array([[[0, 0, 1]]], np.uint8), np.eye(3, dtype="float32")[predicted])
    np.testing.assert_allclose(metric.result(), expected, rtol=1e-6)


@pytest.mark.parametrize("name", METRICS)
def test_reset_and_nothing(name):
    metric = METRICS[name]()
    metric.update_state(labels([[1]]), logits([[1]]))
    assert float(metric.result()) == 1.0
    metric.reset_state()
    assert float(metric.result()) == 0.0


@pytest.mark.parametrize("name", METRICS)
def test_config_makes_the_same_metric(name):
    metric = METRICS[name](classes=4)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert (type(again), again.classes, again.name) == (type(metric), 4, name)
