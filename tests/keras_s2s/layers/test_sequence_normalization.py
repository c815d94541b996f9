import keras
import numpy as np
import pytest

from keras_s2s.layers.sequence_normalization import SequenceNormalization

LENGTHS = (9, 4, 1)
MASK = np.arange(9) < np.array(LENGTHS)[:, None]


@pytest.fixture
def inputs() -> np.ndarray:
    """Features of different means and spreads, with large values at the padding."""
    random = np.random.default_rng(1)
    values = random.normal(size=(3, 9, 4)) * [1.0, 5.0, 0.3, 2.0] + [-8.0, 3.0, 0.0, 100.0]
    values[~MASK] = 1e3
    return values.astype("float32")


def test_equals_numpy_and_is_zero_at_padding(inputs):
    outputs = np.asarray(SequenceNormalization()(inputs, MASK))
    for row, length in enumerate(LENGTHS):
        real = inputs[row, :length].astype(float)
        expected = (real - real.mean(axis=0)) / np.sqrt(real.var(axis=0) + 0.01)
        np.testing.assert_allclose(outputs[row, :length], expected, atol=1e-4)
    assert (outputs[~MASK] == 0).all()


@pytest.mark.parametrize("prior", [1.0, 20.0])
def test_a_short_sequence_is_normalized_by_all_its_features_too(inputs, prior):
    """As if each feature had `prior` more values, with the mean and the variance of all features."""
    layer = SequenceNormalization(prior)
    outputs = np.asarray(layer(inputs, MASK))
    for row, length in enumerate(LENGTHS):
        real = inputs[row, :length].astype(float)
        mean = (real.sum(axis=0) + prior * real.mean()) / (length + prior)
        squares = (real - mean) ** 2
        variance = (squares.sum(axis=0) + prior * squares.mean()) / (length + prior)
        np.testing.assert_allclose(outputs[row, :length], (real - mean) / np.sqrt(variance + 0.01), atol=1e-4)
    assert (outputs[~MASK] == 0).all()
    # Loudness alone is gone whatever the length is.
    np.testing.assert_allclose(layer(inputs + np.float32(3.0), MASK), outputs, atol=1e-4)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.prior == prior


def test_loudness_and_microphone_are_gone(inputs):
    """Both add the same to the logarithms of energies at all positions, each band its own."""
    layer, offset = SequenceNormalization(), np.array([3.0, -2.0, 0.5, 1.0], "float32")
    np.testing.assert_allclose(layer(inputs + offset, MASK), layer(inputs, MASK), atol=1e-3)


def test_constant_features_and_a_single_position_are_zero():
    outputs = SequenceNormalization()(np.full((3, 9, 4), -13.8, "float32"), MASK)
    np.testing.assert_allclose(outputs, np.zeros((3, 9, 4)), atol=1e-4)
    alone = SequenceNormalization()(np.full((1, 1, 4), 7.0, "float32"), np.array([[True]]))
    np.testing.assert_array_equal(alone, np.zeros((1, 1, 4)))


def test_a_band_with_hardly_a_change_is_not_blown_up():
    inputs = np.zeros((1, 9, 1), "float32")
    inputs[0, 4] = 0.01
    assert np.abs(SequenceNormalization()(inputs, MASK[:1])).max() < 0.1


def test_the_shape_is_known():
    outputs = SequenceNormalization()(keras.Input((None, 4)), keras.Input((None,), dtype="bool"))
    assert (outputs.shape, outputs.dtype) == ((None, None, 4), "float32")
