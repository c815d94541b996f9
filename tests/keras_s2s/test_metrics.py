import keras
import numpy as np
import pytest

from keras_s2s.metrics import Perplexity, TokenAccuracy

# The most probable tokens are 1, 2, 2 and 0, 1, 1.
PROBABILITIES = np.array(
    [
        [[0.25, 0.5, 0.25], [0.25, 0.25, 0.5], [0.125, 0.375, 0.5]],
        [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.0625, 0.875, 0.0625]],
    ],
    "float32",
)
LOGITS = np.log(PROBABILITIES)
# Probabilities of the targets: 1/2, 1/4, 1/2 and 1/4, padding, padding. Right are the first and the third.
TARGETS = np.array([[1, 1, 2], [1, 0, 0]], np.int32)


def test_perplexity_of_hand_made_values():
    metric = Perplexity()
    metric.update_state(TARGETS, LOGITS)
    np.testing.assert_allclose(metric.result(), np.exp((np.log(2) * 2 + np.log(4) * 2) / 4), rtol=1e-6)


def test_accuracy_of_hand_made_values():
    metric = TokenAccuracy()
    metric.update_state(TARGETS, LOGITS)
    np.testing.assert_allclose(metric.result(), 0.5)


@pytest.mark.parametrize("metric", [Perplexity(), TokenAccuracy()], ids=["perplexity", "accuracy"])
def test_every_token_weighs_the_same_however_batched(metric):
    metric.update_state(TARGETS, LOGITS)
    whole = float(metric.result())
    metric.reset_state()
    for row in range(2):
        metric.update_state(TARGETS[row : row + 1], LOGITS[row : row + 1])
    np.testing.assert_allclose(metric.result(), whole, rtol=1e-6)
    metric.update_state(np.zeros((2, 3), np.int32), LOGITS)
    np.testing.assert_allclose(metric.result(), whole, rtol=1e-6)


def test_reset_forgets():
    metric = TokenAccuracy()
    metric.update_state(np.array([[0, 0, 1]], np.int32), LOGITS[:1])
    assert float(metric.result()) == 0
    metric.reset_state()
    metric.update_state(np.array([[1, 2, 0]], np.int32), LOGITS[:1])
    assert float(metric.result()) == 1


def test_nothing_seen_yet():
    assert float(TokenAccuracy().result()) == 0
    assert float(Perplexity().result()) == 1


@pytest.mark.parametrize("kind", [Perplexity, TokenAccuracy])
def test_config_makes_the_same_metric(kind):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(kind(name="other")))
    assert (type(again), again.name) == (kind, "other")
