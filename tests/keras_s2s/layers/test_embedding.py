import keras
import numpy as np
import pytest

from keras_s2s.layers.embedding import ScaledEmbedding

IDS = np.array([[3, 0], [1, 1]], np.int32)


@pytest.mark.parametrize("tied", [True, False])
def test_looks_up_scaled_and_predicts_unscaled(randomize, tied):
    layer = ScaledEmbedding(4, 9, tied)
    layer.build((None, None))
    randomize(layer)
    matrix = layer.embeddings.numpy()
    np.testing.assert_allclose(layer(IDS), 3 * matrix[IDS], rtol=1e-6)
    readout = np.random.default_rng(1).normal(size=(2, 9)).astype("float32")
    output_matrix = matrix.T if tied else layer.projection.numpy().T
    assert len(layer.weights) == (1 if tied else 2)
    np.testing.assert_allclose(layer(readout, reverse=True), readout @ output_matrix, atol=1e-5)


def test_outputs_start_with_unit_variance():
    keras.utils.set_random_seed(1)
    assert 0.95 < np.var(ScaledEmbedding(1000, 50)(np.arange(1000))) < 1.05


def test_config_makes_the_same_layer():
    layer = ScaledEmbedding(4, 9, tie_weights=False)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert (again.input_dim, again.output_dim, again.tie_weights) == (4, 9, False)
