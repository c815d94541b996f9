import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s import names
from keras_s2s.callbacks import SamplingRate
from keras_s2s.layers.sampling import SecondPass

TARGET = tf.constant([[2, 5, 6, 7, 8], [2, 9, 10, 0, 0]])
SOURCE = tf.constant([[5, 6, 7, 3], [8, 3, 0, 0]])


@pytest.fixture
def models(network):
    return network(dropout=0.0)


def second_pass(models) -> SecondPass:
    decoder, embedding = (models.training.get_layer(name) for name in (names.DECODER, names.TARGET_EMBEDDING))
    return SecondPass(embedding, [], decoder)


def readout_of(models, target: tf.Tensor) -> tf.Tensor:
    network = keras.Model(models.training.input, models.training.get_layer(names.DECODER).output)
    return network({"source": SOURCE, "target": target})


def test_all_tokens_but_the_first_are_the_models_own(models):
    """Rate 1: what is read at a position is the most probable token of the position before."""
    layer, readout = second_pass(models), readout_of(models, TARGET)
    layer.rate.assign(1.0)
    logits = np.asarray(models.training({"source": SOURCE, "target": TARGET}))
    expected = np.concatenate([np.full((2, 1), 2), logits.argmax(-1)[:, :-1]], axis=1)
    np.testing.assert_array_equal(layer.mix(readout, TARGET), np.where(TARGET.numpy() == 0, 0, expected))


@pytest.mark.parametrize("rate", [0.0, 0.3])
def test_share_of_replaced_tokens(models, rate):
    layer, readout = second_pass(models), tf.zeros((200, 30, 6)) - 1.0
    layer.rate.assign(rate)
    # A token that the model never chooses here, so that what is replaced shows.
    chosen = int(tf.argmax(layer.embedding(readout[:1, :1], reverse=True), -1)[0, 0])
    target = tf.fill((200, 30), 4 if chosen != 4 else 5)
    replaced = (layer.mix(readout, target).numpy()[:, 1:] == chosen).mean()
    # Four standard deviations of a share of 5,800 draws.
    assert abs(replaced - rate) < 4 * np.sqrt(rate * (1 - rate) / 5800) + 1e-9


def test_objective_with_rate_zero_is_the_objective_without(models):
    batch = {"source": SOURCE, "target": TARGET, "labels": tf.constant([[5, 6, 7, 8, 3], [9, 10, 3, 0, 0]])}
    plain, sampled = models.objective(0.1), models.objective(0.1, sampling=True)
    for training in (False, True):
        np.testing.assert_allclose(sampled(batch, training=training), plain(batch, training=training), rtol=1e-5)


def test_the_rate_rises_with_the_steps():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    rates: dict[str, list[float]] = {}
    for schedule in ("linear", "exponential", "inverse_sigmoid"):
        rate = keras.Variable(0.0)
        callback = SamplingRate(rate, schedule, final=0.5, steps=100)
        callback.set_model(model)
        rates[schedule] = []
        for step in (0, 50, 100):
            model.optimizer.iterations.assign(step)
            callback.on_train_batch_begin(0)
            rates[schedule].append(float(rate))
    assert rates["linear"] == [0.0, 0.25, 0.5]
    np.testing.assert_allclose(rates["exponential"], [0.0, 0.5 * (1 - np.exp(-1.5)), 0.5 * (1 - np.exp(-3))])
    np.testing.assert_allclose(
        rates["inverse_sigmoid"], [0.5 / (1 + np.exp(5)), 0.25, 0.5 / (1 + np.exp(-5))], rtol=1e-5
    )
