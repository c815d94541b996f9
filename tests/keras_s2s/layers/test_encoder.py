import keras
import numpy as np
import pytest

from keras_s2s.layers.encoder import RecurrentEncoder

LENGTHS = (4, 1, 6)
MASK = np.arange(6) < np.array(LENGTHS)[:, None]


@pytest.fixture(params=[True, False], ids=["bidirectional", "forward"])
def bidirectional(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def inputs() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(3, 6, 5)).astype("float32")


@pytest.mark.parametrize("settings", [{}, {"residual": True}, {"residual": True, "layer_norm": True}], ids=str)
def test_stack_equals_numpy(reference, randomize, cell, bidirectional, inputs, settings):
    layer = RecurrentEncoder(6, 2, cell, bidirectional, dropout=0.5, recurrent_dropout=0.5, **settings)
    layer(inputs, MASK)
    randomize(layer)
    memory, finals = layer(inputs, MASK)
    assert memory.shape == (3, 6, 6)
    for row, length in enumerate(LENGTHS):
        outputs, states = reference.encoder(cell, layer, inputs[row, :length])
        np.testing.assert_allclose(np.asarray(memory)[row, :length], outputs, atol=1e-5)
        for final, state in zip(finals, states, strict=True):
            np.testing.assert_allclose(np.asarray(final)[row], state, atol=1e-5)


PYRAMIDS = [
    {"layers": 2, "pyramid": 1},
    {"layers": 3, "pyramid": 1, "residual": True, "layer_norm": True},
    {"layers": 3, "pyramid": 2, "residual": True, "layer_norm": True},
]


@pytest.mark.parametrize("settings", PYRAMIDS, ids=str)
def test_a_pyramid_equals_numpy(reference, randomize, bidirectional, settings):
    """Of odd and even lengths, of one position, and in a batch whose own length is odd."""
    lengths, times = (5, 1, 7, 4), settings["pyramid"]
    inputs = np.random.default_rng(2).normal(size=(4, 7, 5)).astype("float32")
    mask = np.arange(7) < np.array(lengths)[:, None]
    inputs[~mask] = 100.0
    layer = RecurrentEncoder(6, bidirectional=bidirectional, **settings)
    layer(inputs, mask)
    randomize(layer)
    memory, finals = layer(inputs, mask)
    specs, final_specs = layer.compute_output_shape(inputs.shape)
    assert memory.shape == specs == (4, {1: 4, 2: 2}[times], 6)
    assert [final.shape for final in finals] == final_specs == [(4, 6)] * 2 * settings["layers"]
    assert layer.compute_output_shape((None, None, 5))[0] == (None, None, 6)
    for row, length in enumerate(lengths):
        outputs, states = reference.encoder("lstm", layer, inputs[row, :length].astype(float))
        assert len(outputs) == -(-length // 2**times)
        np.testing.assert_allclose(np.asarray(memory)[row, : len(outputs)], outputs, atol=1e-5)
        for final, state in zip(finals, states, strict=True):
            np.testing.assert_allclose(np.asarray(final)[row], state, atol=1e-5)


def test_what_is_at_the_padding_does_not_matter(randomize, cell, bidirectional, inputs):
    layer = RecurrentEncoder(6, 2, cell, bidirectional)
    layer(inputs, MASK)
    randomize(layer)
    other = np.where(MASK[..., None], inputs, 100.0).astype("float32")
    (memory, finals), (other_memory, other_finals) = layer(inputs, MASK), layer(other, MASK)
    np.testing.assert_array_equal(np.asarray(memory)[MASK], np.asarray(other_memory)[MASK])
    for left, right in zip(finals, other_finals, strict=True):
        np.testing.assert_array_equal(left, right)


def test_dropout_is_between_layers_and_in_training_only(inputs):
    for layers, differs in ((1, False), (2, True)):
        layer = RecurrentEncoder(6, layers, "gru", dropout=0.5)
        calm, _ = layer(inputs, MASK)
        trained, _ = layer(inputs, MASK, training=True)
        assert np.allclose(calm, trained) != differs
        np.testing.assert_array_equal(calm, layer(inputs, MASK)[0])


def test_dropout_is_the_same_at_all_positions():
    """Fully dropped inputs of the second layer show in its projection: all positions alike, or none."""
    layer = RecurrentEncoder(64, 2, "rnn", bidirectional=False, dropout=0.5)
    layer.build((None, None, 5))
    ones = np.ones((7, 1, 64), "float32")
    dropped = np.asarray(layer.dropout(ones, training=True))
    assert 0 < (dropped[0] == 0).sum() < 64
    np.testing.assert_array_equal(dropped, np.tile(dropped[:1], (7, 1, 1)))


def test_config_makes_the_same_layer(cell, bidirectional):
    layer = RecurrentEncoder(6, 2, cell, bidirectional, dropout=0.3, pyramid=1)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert (again.own_config, again.states) == (layer.own_config, 4 if cell == "lstm" else 2)
    assert (len(again.forward_layers), len(again.backward_layers)) == (2, 2 if bidirectional else 0)
    assert (again.dropout.rate, again.pyramid) == (0.3, 1)
