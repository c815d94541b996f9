from collections.abc import Callable

import keras
import numpy as np
import pytest

from keras_s2s.layers.attention import (
    ATTENTIONS,
    LOCATION_WIDTH,
    Attention,
    BahdanauAttention,
    LocationAttention,
    LuongAttention,
)

# The first one is longer than what location-aware attention sees at once.
UNITS, LENGTHS = 6, (40, 2, 1)
LONGEST = max(LENGTHS)

Inputs = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@pytest.fixture(params=[BahdanauAttention, LuongAttention, LocationAttention])
def layer(request: pytest.FixtureRequest, randomize: Callable, inputs: Inputs) -> Attention:
    made = built(request.param(UNITS), inputs)
    randomize(made)
    return made


def built(layer: Attention, inputs: Inputs) -> Attention:
    layer.build(*(values.shape for values in inputs[:4]))
    return layer


@pytest.fixture
def inputs() -> Inputs:
    """Query, keys, memory (wider than the keys), mask and alignment of three sentences.

    At the padding are large values, and an alignment of zero: that is what a step returns.
    """
    random = np.random.default_rng(1)
    query, keys, memory = (
        random.normal(size=shape).astype("float32") for shape in ((3, UNITS), (3, LONGEST, UNITS), (3, LONGEST, 7))
    )
    mask = np.arange(LONGEST) < np.array(LENGTHS)[:, None]
    keys[~mask], memory[~mask] = 50.0, 1e4
    return query, keys, memory, mask, np.where(mask, random.uniform(size=mask.shape), 0.0).astype("float32")


def test_equals_numpy(reference, layer, inputs):
    context, weights = (np.asarray(tensor) for tensor in layer(*inputs))
    query, keys, memory, _, alignment = inputs
    for row, length in enumerate(LENGTHS):
        before = [alignment[row, :length]] if layer.reads_alignment else []
        expected, shares = reference.attend(layer, query[row], keys[row, :length], memory[row, :length], *before)
        np.testing.assert_allclose(context[row], expected, atol=1e-5)
        np.testing.assert_allclose(weights[row, :length], shares, atol=1e-5)


def test_bahdanau_is_additive_and_luong_is_not(inputs):
    """Else the reference could take one for the other: it goes by the layer's weights."""
    query, keys, memory, mask, _ = inputs
    bahdanau, luong = (built(kind(UNITS), inputs) for kind in (BahdanauAttention, LuongAttention))
    assert sorted(tuple(weight.shape) for weight in bahdanau.weights) == [(6,), (6,), (6, 6)]
    _, weights = luong(query, keys, memory, mask)
    assert luong.weights == []
    np.testing.assert_allclose(
        np.log(np.asarray(weights)[0] / np.asarray(weights)[0, 0]), (keys[0] - keys[0, 0]) @ query[0], atol=1e-4
    )
    assert ATTENTIONS.keys() == {"bahdanau", "luong", "location"}
    assert isinstance(bahdanau, ATTENTIONS["bahdanau"]) and isinstance(luong, ATTENTIONS["luong"])
    assert ATTENTIONS["location"] is LocationAttention
    assert [name for name, kind in ATTENTIONS.items() if kind.reads_alignment] == ["location"]


def test_location_is_seen_on_both_sides_as_far_as_the_filters_reach(inputs):
    """One position was looked at; what its neighbours see of that does not depend on where it is."""
    layer, sides = built(LocationAttention(UNITS), inputs), LOCATION_WIDTH // 2
    query, keys = np.zeros((1, UNITS), "float32"), np.zeros((1, LONGEST, UNITS), "float32")
    seen = {
        place: np.asarray(layer.scores(query, keys, np.eye(LONGEST, dtype="float32")[place : place + 1]))[0]
        for place in (0, 17, 20)
    }
    assert LOCATION_WIDTH == 2 * sides + 1 < LONGEST
    for place, scores in seen.items():
        assert {*np.flatnonzero(scores)} == set(range(max(place - sides, 0), min(place + sides + 1, LONGEST)))
    np.testing.assert_allclose(seen[20][3:], seen[17][:-3], atol=1e-6)
    np.testing.assert_allclose(seen[0][: sides + 1], seen[20][20 : 20 + sides + 1], atol=1e-6)


def test_what_location_aware_attention_reads_in_a_step_are_all_its_weights(inputs):
    """The gradient of training asks for them: one that is left out would not be trained."""
    for kind in ATTENTIONS.values():
        layer = built(kind(UNITS), inputs)
        read = [weight.path for weights in layer.read_in_step() for weight in weights]
        assert sorted(read) == sorted(weight.path for weight in layer.weights)


def test_padding_gets_a_weight_of_exactly_zero(layer, inputs):
    _, weights = layer(*inputs)
    mask = inputs[3]
    assert (np.asarray(weights)[~mask] == 0).all()
    assert (np.asarray(weights)[mask] > 0).all()
    np.testing.assert_allclose(np.asarray(weights).sum(axis=-1), 1, atol=1e-6)


def test_what_is_at_the_padding_does_not_matter(layer, inputs):
    query, keys, memory, mask, alignment = inputs
    other_keys, other_memory = (np.where(mask[..., None], values, -3.0).astype("float32") for values in (keys, memory))
    for left, right in zip(layer(*inputs), layer(query, other_keys, other_memory, mask, alignment), strict=True):
        np.testing.assert_array_equal(left, right)


def test_weights_at_padding_are_zero_in_float16_too(inputs):
    query, keys, memory, mask = (values.astype("float16") if values.dtype != bool else values for values in inputs[:4])
    layer = built(LuongAttention(UNITS, dtype="float16"), inputs)
    _, weights = layer(query, np.clip(keys, -3, 3), memory, mask)
    assert (np.asarray(weights)[~mask] == 0).all()
    assert np.isfinite(np.asarray(weights)).all()


@pytest.mark.parametrize("kind", ATTENTIONS.values())
def test_builds_itself_when_called(kind, inputs):
    context, weights = kind(UNITS)(*inputs)
    assert (context.shape, weights.shape) == ((3, 7), (3, LONGEST))


def test_config_makes_the_same_layer(layer):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert type(again) is type(layer)
    assert again.units == UNITS
