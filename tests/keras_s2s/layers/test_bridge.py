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


def test_an_alignment_of_zeros_is_as_long_as_the_source():
    finals, mask = [np.ones((3, 4), "float32")], np.arange(7) < np.array([[7], [3], [1]])
    layer = Bridge(5, context=True, alignment=True)
    states = layer(finals, mask)
    assert [state.shape for state in states] == [(3, 5), (3, 5), (3, 7)]
    np.testing.assert_array_equal(states[2], np.zeros((3, 7), "float32"))
    inputs = [keras.Input((4,))], keras.Input((None,), dtype="bool")
    specs = Bridge(5, context=True, alignment=True)(*inputs)
    assert [(spec.shape, spec.dtype) for spec in specs] == [
        ((None, 5), "float32"),
        ((None, 5), "float32"),
        ((None, None), "float32"),
    ]


@pytest.mark.parametrize("alignment", [True, False])
def test_config_makes_the_same_layer(alignment):
    layer = Bridge(5, context=True, alignment=alignment)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert (again.units, again.context, again.alignment) == (5, True, alignment)
