import keras
import numpy as np
import pytest

from keras_s2s.layers.recurrent import Recurrent

LENGTHS = (4, 1, 6)


@pytest.fixture(params=[False, True], ids=["forward", "backward"])
def backwards(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture
def inputs() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(6, 3, 5)).astype("float32")


@pytest.fixture
def mask() -> np.ndarray:
    return np.arange(6)[:, None] < np.array(LENGTHS)


def test_equals_numpy_with_and_without_padding(reference, randomize, cell, backwards, inputs, mask):
    """The reference sees each sentence without its padding."""
    layer = Recurrent(4, cell, backwards)
    layer(inputs, mask)
    randomize(layer)
    outputs, states = layer(inputs, mask)
    assert outputs.shape == (6, 3, 4)
    for row, length in enumerate(LENGTHS):
        expected, finals = reference.recurrent(cell, layer, inputs[:length, row], backwards)
        np.testing.assert_allclose(np.asarray(outputs)[:length, row], expected, atol=1e-5)
        for state, final in zip(states, finals, strict=True):
            np.testing.assert_allclose(np.asarray(state)[row], final, atol=1e-5)


def test_what_is_at_the_padding_does_not_matter(randomize, cell, backwards, inputs, mask):
    layer = Recurrent(4, cell, backwards)
    layer(inputs, mask)
    randomize(layer)
    other = np.where(mask[..., None], inputs, 100.0).astype("float32")
    (outputs, states), (other_outputs, other_states) = layer(inputs, mask), layer(other, mask)
    np.testing.assert_array_equal(np.asarray(outputs)[mask], np.asarray(other_outputs)[mask])
    for left, right in zip(states, other_states, strict=True):
        np.testing.assert_array_equal(left, right)


def test_final_state_is_the_output_at_the_last_position_read(randomize, cell, backwards, inputs, mask):
    layer = Recurrent(4, cell, backwards)
    outputs, states = layer(inputs, mask)
    last = [0, 0, 0] if backwards else [length - 1 for length in LENGTHS]
    np.testing.assert_array_equal(states[0], np.asarray(outputs)[last, [0, 1, 2]])


def test_only_the_forget_gate_starts_with_a_bias(cell):
    layer = Recurrent(2, cell)
    layer.build((None, None, 3))
    expected = {"rnn": [0] * 2, "gru": [0] * 6, "lstm": [0, 0, 1, 1, 0, 0, 0, 0]}
    assert np.asarray(layer.bias).tolist() == expected[cell]


def test_shapes_are_known_before_the_call(cell, backwards):
    outputs, states = Recurrent(4, cell, backwards)(keras.Input((None, 5)), keras.Input((None,), dtype="bool"))
    assert outputs.shape == (None, None, 4)
    assert [state.shape for state in states] == [(None, 4)] * (2 if cell == "lstm" else 1)


def test_config_makes_the_same_layer(cell, backwards):
    layer = Recurrent(4, cell, backwards)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert (again.units, again.cell, again.backwards) == (4, layer.cell, backwards)
