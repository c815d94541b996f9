from collections.abc import Callable

import keras
import numpy as np
import pytest

from keras_s2s.layers.attention import ATTENTIONS, Attention, BahdanauAttention, LuongAttention

UNITS, LENGTHS = 6, (5, 2, 1)

Inputs = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(params=[BahdanauAttention, LuongAttention])
def layer(request: pytest.FixtureRequest, randomize: Callable, inputs: Inputs) -> Attention:
    made = built(request.param(UNITS), inputs)
    randomize(made)
    return made


def built(layer: Attention, inputs: Inputs) -> Attention:
    layer.build(*(values.shape for values in inputs))
    return layer


@pytest.fixture
def inputs() -> Inputs:
    """Query, keys, memory (wider than the keys) and mask of three sentences, with large values at the padding."""
    random = np.random.default_rng(1)
    query, keys, memory = (
        random.normal(size=shape).astype("float32") for shape in ((3, UNITS), (3, 5, UNITS), (3, 5, 7))
    )
    mask = np.arange(5) < np.array(LENGTHS)[:, None]
    keys[~mask], memory[~mask] = 50.0, 1e4
    return query, keys, memory, mask


def test_equals_numpy(reference, layer, inputs):
    context, weights = (np.asarray(tensor) for tensor in layer(*inputs))
    query, keys, memory, _ = inputs
    for row, length in enumerate(LENGTHS):
        expected, shares = reference.attend(layer, query[row], keys[row, :length], memory[row, :length])
        np.testing.assert_allclose(context[row], expected, atol=1e-5)
        np.testing.assert_allclose(weights[row, :length], shares, atol=1e-5)


def test_bahdanau_is_additive_and_luong_is_not(inputs):
    """Else the reference could take one for the other: it goes by the layer's weights."""
    query, keys, memory, mask = inputs
    bahdanau, luong = (built(kind(UNITS), inputs) for kind in (BahdanauAttention, LuongAttention))
    assert sorted(tuple(weight.shape) for weight in bahdanau.weights) == [(6,), (6,), (6, 6)]
    _, weights = luong(query, keys, memory, mask)
    assert luong.weights == []
    np.testing.assert_allclose(
        np.log(np.asarray(weights)[0] / np.asarray(weights)[0, 0]), (keys[0] - keys[0, 0]) @ query[0], atol=1e-4
    )
    assert ATTENTIONS.keys() == {"bahdanau", "luong"}
    assert isinstance(bahdanau, ATTENTIONS["bahdanau"]) and isinstance(luong, ATTENTIONS["luong"])


def test_padding_gets_a_weight_of_exactly_zero(layer, inputs):
    _, weights = layer(*inputs)
    mask = inputs[-1]
    assert (np.asarray(weights)[~mask] == 0).all()
    assert (np.asarray(weights)[mask] > 0).all()
    np.testing.assert_allclose(np.asarray(weights).sum(axis=-1), 1, atol=1e-6)


def test_what_is_at_the_padding_does_not_matter(layer, inputs):
    query, keys, memory, mask = inputs
    other_keys, other_memory = (np.where(mask[..., None], values, -3.0).astype("float32") for values in (keys, memory))
    for left, right in zip(layer(*inputs), layer(query, other_keys, other_memory, mask), strict=True):
        np.testing.assert_array_equal(left, right)


def test_weights_at_padding_are_zero_in_float16_too(inputs):
    query, keys, memory, mask = (values.astype("float16") if values.dtype != bool else values for values in inputs)
    layer = built(LuongAttention(UNITS, dtype="float16"), inputs)
    _, weights = layer(query, np.clip(keys, -3, 3), memory, mask)
    assert (np.asarray(weights)[~mask] == 0).all()
    assert np.isfinite(np.asarray(weights)).all()


@pytest.mark.parametrize("kind", [BahdanauAttention, LuongAttention])
def test_builds_itself_when_called(kind, inputs):
    context, weights = kind(UNITS)(*inputs)
    assert (context.shape, weights.shape) == ((3, 7), (3, 5))


def test_config_makes_the_same_layer(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    assert again.units == UNITS
