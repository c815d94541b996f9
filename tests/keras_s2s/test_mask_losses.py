import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.mask_losses import IGNORED, MASK_LOSSES, CrossEntropyDice, DeepSupervision, Focal, Tversky

# Four pixels with probabilities 3/4, 1/4, 1/2, 1/2, of which the first and the third are foreground.
PROBABILITIES = np.array([0.75, 0.25, 0.5, 0.5])
LOGITS = np.log(PROBABILITIES / (1 - PROBABILITIES)).reshape(1, 2, 2, 1).astype("float32")
LABELS = np.array([1, 0, 1, 0], np.uint8).reshape(1, 2, 2)


def test_cross_entropy_and_dice_by_hand():
    # Right with 3/4, 3/4, 1/2, 1/2. Shared 1.25; false positives 0.75; missed 0.75; one pixel of smoothing.
    entropy = -(2 * np.log(0.75) + 2 * np.log(0.5)) / 4
    dice = (1.25 + 1) / (1.25 + 0.5 * 0.75 + 0.5 * 0.75 + 1)
    np.testing.assert_allclose(CrossEntropyDice()(LABELS, LOGITS), entropy + 1 - dice, rtol=1e-6)


def test_tversky_by_hand():
    index = (1.25 + 1) / (1.25 + 0.2 * 0.75 + 0.8 * 0.75 + 1)
    np.testing.assert_allclose(Tversky(0.2, 0.8)(LABELS, LOGITS), 1 - index, rtol=1e-6)


def test_tversky_prefers_too_much_to_too_little():
    more, less = np.full((1, 2, 2, 1), 8.0, "float32"), np.full((1, 2, 2, 1), -8.0, "float32")
    assert Tversky(0.1, 0.9)(LABELS, more) < Tversky(0.1, 0.9)(LABELS, less)


def test_focal_by_hand():
    expected = -(2 * 0.25**2 * np.log(0.75) + 2 * 0.5**2 * np.log(0.5)) / 4
    np.testing.assert_allclose(Focal(2.0)(LABELS, LOGITS), expected, rtol=1e-6)
    entropy = -(2 * np.log(0.75) + 2 * np.log(0.5)) / 4
    np.testing.assert_allclose(Focal(0.0)(LABELS, LOGITS), entropy, rtol=1e-6)


def test_several_classes_by_hand():
    """Two pixels of classes 2 and 0 with probabilities (1/4, 1/4, 1/2) and (1/2, 1/4, 1/4)."""
    logits = np.log(np.array([[[[0.25, 0.25, 0.5], [0.5, 0.25, 0.25]]]], "float32"))
    labels = np.array([[[2, 0]]], np.uint8)
    np.testing.assert_allclose(Focal(0.0)(labels, logits), -np.log(0.5), rtol=1e-6)
    # Classes 0 and 2: shared 0.5, wrong 0.25, missed 0.5. Class 1: never there, 0.5 wrong.
    same = (0.5 + 1) / (0.5 + 0.5 * 0.25 + 0.5 * 0.5 + 1)
    absent = 1 / (0.5 * 0.5 + 1)
    np.testing.assert_allclose(Tversky(0.5, 0.5)(labels, logits), 1 - (2 * same + absent) / 3, rtol=1e-6)


@pytest.mark.parametrize("classes", [1, 3])
@pytest.mark.parametrize("name", MASK_LOSSES)
def test_ignored_pixels_have_neither_loss_nor_gradient(name, classes):
    random = np.random.default_rng(1)
    labels = random.integers(0, max(2, classes), (2, 3, 4)).astype(np.uint8)
    logits = random.normal(0, 2, (2, 3, 4, classes)).astype("float32")
    cut = MASK_LOSSES[name]()(labels[:, :2], logits[:, :2])
    labels[:, 2] = IGNORED
    given = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(given)
        loss = MASK_LOSSES[name]()(labels, given)
    gradient = tape.gradient(loss, given).numpy()
    np.testing.assert_allclose(loss, cut, rtol=1e-5)
    assert (gradient[:, 2] == 0).all() and (np.abs(gradient[:, :2]).sum(-1) > 0).all()


@pytest.mark.parametrize("name", MASK_LOSSES)
def test_nothing_but_ignored_pixels_is_finite(name):
    loss = MASK_LOSSES[name]()(np.full((1, 2, 2), IGNORED, np.uint8), LOGITS)
    assert np.isfinite(float(loss))


@pytest.mark.parametrize("loss", [CrossEntropyDice(name="other"), Focal(1.5), Tversky(0.1, 0.9)])
def test_config_makes_the_same_loss(loss):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert type(again) is type(loss) and vars(again) == vars(loss)


def test_deep_supervision_by_hand():
    """Three outputs, of which the second weighs half as much as the first, and the third a quarter."""
    outputs = [LOGITS, 2 * LOGITS, -LOGITS]
    one, two, three = (float(CrossEntropyDice()(LABELS, output)) for output in outputs)
    found = DeepSupervision(CrossEntropyDice(), 1)(LABELS, np.concatenate(outputs, axis=-1))
    np.testing.assert_allclose(found, (one + two / 2 + three / 4) / 1.75, rtol=1e-6)


def test_deep_supervision_of_several_classes():
    logits = np.random.default_rng(1).normal(size=(2, 4, 4, 6)).astype("float32")
    labels = np.random.default_rng(2).integers(0, 3, (2, 4, 4)).astype(np.uint8)
    one, two = (float(Focal()(labels, logits[..., part])) for part in (slice(3), slice(3, 6)))
    np.testing.assert_allclose(DeepSupervision(Focal(), 3)(labels, logits), (one + two / 2) / 1.5, rtol=1e-5)
