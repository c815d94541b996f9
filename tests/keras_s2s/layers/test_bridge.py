import keras
import numpy as np
import pytest

from keras_s2s.layers.bridge import Bridge


@pytest.mark.parametrize("context", [True, False])
def test_equals_numpy(randomize, context):
    finals = list(np.random.default_rng(1).normal(size=(2, 3, 4)).astype("float32"))
    layer = Bridge(5, context)
    layer(finals)
    randomize(layer)
    states = [np.asarray(state) for state in layer(finals)]
    for state, dense, final in zip(states[:2], layer.dense, finals, strict=True):
        np.testing.assert_allclose(state, np.tanh(final @ np.asarray(dense.kernel) + np.asarray(dense.bias)), atol=1e-6)
    assert len(states) == (3 if context else 2)
    if context:
        np.testing.assert_array_equal(states[2], np.zeros((3, 5)))


def test_config_makes_the_same_layer():
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(Bridge(5, context=True)))
    assert (again.units, again.context) == (5, True)
