import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.losses import MaskedCrossEntropy, token_losses

LOGITS = np.random.default_rng(1).normal(0, 3, (2, 3, 5)).astype("float32")
# The second sentence is one token and two of padding.
TARGETS = np.array([[4, 2, 3], [1, 0, 0]], np.int32)
REAL = [(0, 0), (0, 1), (0, 2), (1, 0)]


def cross_entropy(logits: np.ndarray, target: int, smoothing: float) -> float:
    """From the definition: against `smoothing / vocabulary` everywhere and the rest at the target."""
    wanted = np.full(len(logits), smoothing / len(logits))
    wanted[target] += 1 - smoothing
    probabilities = np.exp(logits.astype("float64")) / np.exp(logits.astype("float64")).sum()
    return float(-(wanted * np.log(probabilities)).sum())


def test_hand_made_value():
    """Two tokens with probability 1/4 and 1/2; padding, predicted wrongly with certainty, does not count."""
    logits = np.log(np.array([[[0.5, 0.25, 0.25], [0.25, 0.25, 0.5], [1e-9, 1e-9, 1.0]]], "float32"))
    loss = MaskedCrossEntropy()(np.array([[1, 2, 0]], np.int32), logits)
    np.testing.assert_allclose(loss, (np.log(4) + np.log(2)) / 2, atol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_equals_numpy(smoothing):
    expected = np.mean([cross_entropy(LOGITS[place], TARGETS[place], smoothing) for place in REAL])
    np.testing.assert_allclose(MaskedCrossEntropy(smoothing)(TARGETS, LOGITS), expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_padding_has_neither_loss_nor_gradient(smoothing):
    logits = tf.constant(LOGITS)
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = MaskedCrossEntropy(smoothing)(TARGETS, logits)
    gradient = tape.gradient(loss, logits).numpy()
    assert (gradient[TARGETS == 0] == 0).all()
    assert (np.abs(gradient[TARGETS != 0]).max(axis=-1) > 0).all()
    wider = np.pad(TARGETS, ((0, 0), (0, 4))), np.pad(LOGITS, ((0, 0), (0, 4), (0, 0)), constant_values=7)
    np.testing.assert_allclose(MaskedCrossEntropy(smoothing)(*wider), loss, rtol=1e-6)


def test_token_losses_are_zero_at_padding():
    losses, weights = token_losses(tf.constant(TARGETS), tf.constant(LOGITS))
    np.testing.assert_array_equal(weights, TARGETS != 0)
    expected = np.zeros((2, 3))
    for place in REAL:
        expected[place] = cross_entropy(LOGITS[place], TARGETS[place], 0.0)
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    assert (losses.numpy()[TARGETS == 0] == 0).all()


def test_nothing_but_padding_is_zero():
    assert float(MaskedCrossEntropy(0.1)(np.zeros((2, 3), np.int32), LOGITS)) == 0


def test_training_and_evaluation_report_the_same_mean(network):
    """Through `fit`'s own machinery, on one batch."""
    training = network(joint=True, dropout=0.0).training
    training.compile(keras.optimizers.SGD(0.0), MaskedCrossEntropy(0.1), jit_compile=False)
    inputs = {
        "source": np.array([[5, 6, 3], [7, 3, 0]], np.int32),
        "target": np.array([[2, 5, 9], [2, 4, 0]], np.int32),
    }
    targets = np.array([[5, 9, 3], [4, 3, 0]], np.int32)
    logits = np.asarray(training(inputs))
    real = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)]
    expected = np.mean([cross_entropy(logits[place], targets[place], 0.1) for place in real])
    fitted = training.fit(inputs, targets, verbose=0).history["loss"][0]
    np.testing.assert_allclose([fitted, training.evaluate(inputs, targets, verbose=0)], expected, rtol=1e-5)


def test_config_makes_the_same_loss():
    loss = MaskedCrossEntropy(0.2, name="other")
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(loss))
    assert (again.label_smoothing, again.name) == (0.2, "other")
