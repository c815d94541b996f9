import keras
import numpy as np
import pytest

from keras_s2s.layers.subsampling import Subsampling

FILTERS = 3


def convolved(inputs: np.ndarray, convolution: keras.layers.Conv2D) -> np.ndarray:
    """One convolution `(length, features, channels)` to half of both, place by place, with zeros beyond the ends."""
    kernel, bias = (np.asarray(weight, float) for weight in (convolution.kernel, convolution.bias))
    length, features, channels = inputs.shape
    padded = np.zeros((length + 2, features + 2, channels))
    padded[1:-1, 1:-1] = inputs
    outputs = np.zeros((-(-length // 2), -(-features // 2), FILTERS))
    for position in range(outputs.shape[0]):
        for feature in range(outputs.shape[1]):
            seen = padded[2 * position : 2 * position + 3, 2 * feature : 2 * feature + 3]
            outputs[position, feature] = np.einsum("tfc,tfco->o", seen, kernel) + bias
    return np.maximum(outputs, 0)


@pytest.mark.parametrize("features", [8, 11])
def test_equals_numpy_for_each_length_alone_and_in_a_batch(randomize, features):
    lengths = np.arange(1, 14)
    mask = np.arange(16) < lengths[:, None]
    inputs = np.random.default_rng(1).normal(size=(13, 16, features)).astype("float32") * mask[..., None]
    layer = Subsampling(FILTERS)
    layer(inputs, mask)
    randomize(layer)
    together = np.asarray(layer(inputs, mask))
    width = FILTERS * -(-features // 4)
    assert together.shape == (13, 4, width) == layer.compute_output_spec(inputs, mask).shape
    for row, length in enumerate(lengths):
        expected = inputs[row, :length, :, None]
        for convolution in layer.convolutions:
            expected = convolved(expected, convolution)
        expected = expected.reshape(-1, width)
        assert len(expected) == -(-length // 4)
        np.testing.assert_allclose(together[row, : len(expected)], expected, atol=1e-5)
        assert (together[row, len(expected) :] == 0).all()
        alone = layer(inputs[row : row + 1, :length], mask[row : row + 1, :length])
        np.testing.assert_allclose(alone[0], expected, atol=1e-5)
    assert layer(inputs[:0], mask[:0]).shape == (0, 4, width)


def test_the_shape_of_any_length_is_known():
    outputs = Subsampling(FILTERS)(keras.Input((None, 10)), keras.Input((None,), dtype="bool"))
    assert outputs.shape == (None, None, 3 * FILTERS)


def test_config_makes_the_same_layer():
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(Subsampling(7)))
    assert again.filters == 7
