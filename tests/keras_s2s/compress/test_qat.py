import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.compress.cluster import Clustering
from keras_s2s.compress.prune import Pruning
from keras_s2s.compress.qat import QuantizationAware, fake_quantize
from keras_s2s.compress.tfmot import ConstantSparsity


@pytest.mark.parametrize("bits", [4, 8])
@pytest.mark.parametrize("axis", [None, 0, -1])
def test_rounding_by_hand(bits, axis):
    weights = np.random.default_rng(3).normal(size=(6, 5)).astype("float32")
    largest = 2 ** (bits - 1) - 1
    most = np.abs(weights).max() if axis is None else np.abs(weights).max(axis=1 + axis, keepdims=True)
    scale = most / largest
    rounded = fake_quantize(tf.constant(weights), bits, axis).numpy()
    np.testing.assert_allclose(rounded, np.rint(weights / scale) * scale, atol=1e-6)
    np.testing.assert_array_equal(fake_quantize(tf.constant(rounded), bits, axis), rounded)


def test_a_step_is_taken_from_the_free_weights_with_the_rounded_ones_gradient():
    inputs = keras.Input((1,))
    model = keras.Model(inputs, keras.layers.Dense(2, use_bias=False, name="dense")(inputs))
    model.compile(keras.optimizers.SGD(0.1), "mse")
    kernel = model.layers[-1].kernel
    kernel.assign([[0.7, 0.26]])
    # In 4 bits 0.26 is 0.3, and a step of 0.1 is the largest integer's.
    callback = QuantizationAware(4)
    model.fit(np.ones((1, 1)), np.array([[0.7, 0.5]]), callbacks=[callback], verbose=0)
    # The gradient at 0.3 is (0.3 - 0.5), as the mean of two squares has it.
    np.testing.assert_allclose(kernel, fake_quantize(tf.constant([[0.7, 0.26 + 0.1 * 0.2]]), 4))


class Kept(keras.callbacks.Callback):
    """What a callback that saves weights would see."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.weights = np.array(self.model.get_layer("hidden").kernel.value)


def test_validation_and_saving_see_rounded_weights_and_training_goes_on_from_the_others(model):
    kept, callback, free = Kept(), QuantizationAware(4), Kept()
    data = np.zeros((8, 3), "int32"), np.ones((8, 2), "float32")
    model.fit(*data, validation_data=data, callbacks=[kept, callback, free], verbose=0)
    assert len(np.unique(kept.weights)) <= 15 < len(np.unique(free.weights))
    np.testing.assert_array_equal(kept.weights, fake_quantize(tf.constant(free.weights), 4))
    np.testing.assert_array_equal(model.get_layer("hidden").kernel, kept.weights)


def test_pruned_and_clustered_weights_stay_so(train):
    pruned = train(Pruning(ConstantSparsity(0.5, begin_step=0, frequency=1)))
    weights = train(QuantizationAware(8), Pruning(ConstantSparsity(0.5, begin_step=0, frequency=1)), Clustering(8))
    for path, each in weights.items():
        np.testing.assert_array_equal(each == 0, pruned[path] == 0)
        assert len(np.unique(fake_quantize(tf.constant(each), 8))) <= len(np.unique(each)) <= 8
