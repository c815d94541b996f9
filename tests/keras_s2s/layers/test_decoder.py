from collections.abc import Callable, Sequence

import keras
import numpy as np
import pytest

from keras_s2s.layers.decoder import Decoder, DecoderStep

UNITS, READOUT, BATCH, TARGET, SOURCE = 6, 5, 2, 4, 3
LENGTHS = (3, 2)
MASK = np.arange(SOURCE) < np.array(LENGTHS)[:, None]


STACKS = {
    "1 layer": {"layers": 1},
    "2 layers": {"layers": 2},
    "3 layers, residual": {"layers": 3, "residual": True},
    "2 layers, all": {"layers": 2, "residual": True, "layer_norm": True, "recurrent_dropout": 0.5},
}


@pytest.fixture(params=STACKS)
def stack(request: pytest.FixtureRequest) -> dict:
    return STACKS[request.param]


@pytest.fixture
def inputs(pairing: dict[str, str], stack: dict) -> tuple:
    """Embedded target, states and, with attention, memory, keys and mask."""
    cell, attention = pairing["cell"], pairing["attention"]
    random = np.random.default_rng(1)

    def normal(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype("float32")

    count = stack["layers"] * (2 if cell == "lstm" else 1) + (attention != "none")
    target = normal(BATCH, TARGET, 7), [normal(BATCH, UNITS) for _ in range(count)]
    if attention == "location":
        target[1].append(np.where(MASK, random.uniform(size=MASK.shape), 0.0).astype("float32"))
    return (
        target if attention == "none" else (*target, normal(BATCH, SOURCE, UNITS), normal(BATCH, SOURCE, UNITS), MASK)
    )


@pytest.fixture
def decoder(randomize: Callable, pairing: dict[str, str], stack: dict, inputs: tuple) -> Decoder:
    made = Decoder(UNITS, READOUT, dropout=0.5, **pairing, **stack)
    made(*inputs)
    randomize(made)
    return made


def of_sentence(states: Sequence, row: int) -> list[np.ndarray]:
    """The states of one sentence; an alignment is as long as the sentence."""
    rows = [np.asarray(state)[row] for state in states]
    return [state[: LENGTHS[row]] if len(state) == SOURCE else state for state in rows]


def test_step_equals_numpy(reference, decoder, pairing, inputs):
    embedded, states, *source = inputs
    readout, after, weights = decoder.step(embedded[:, 0], states, *source)
    for row, length in enumerate(LENGTHS):
        memory_and_keys = [values[row, :length] for values in source[:2]]
        expected, expected_states, shares = reference.step(
            pairing["cell"], decoder, embedded[row, 0], of_sentence(states, row), *reversed(memory_and_keys)
        )
        np.testing.assert_allclose(np.asarray(readout)[row], expected, atol=1e-5)
        for state, expected_state in zip(of_sentence(after, row), expected_states, strict=True):
            np.testing.assert_allclose(state, expected_state, atol=1e-5)
        if source:
            np.testing.assert_allclose(np.asarray(weights)[row], [*shares, *[0.0] * (SOURCE - length)], atol=1e-5)
    assert (weights is None) == (not source)


def test_whole_target_equals_numpy_step_by_step(reference, decoder, pairing, inputs):
    embedded, states, *source = inputs
    readouts = np.asarray(decoder(*inputs))
    for row, length in enumerate(LENGTHS):
        memory_and_keys = [values[row, :length] for values in source[:2]]
        carried = of_sentence(states, row)
        for position in range(TARGET):
            expected, carried, _ = reference.step(
                pairing["cell"], decoder, embedded[row, position], carried, *reversed(memory_and_keys)
            )
            np.testing.assert_allclose(readouts[row, position], expected, atol=1e-5)


def test_step_layer_shares_the_weights(decoder, inputs, pairing):
    embedded, states, *source = inputs
    outputs = DecoderStep(decoder)(embedded[:, 0], states, *source)
    assert len(outputs) == (2 if pairing["attention"] == "none" else 3)
    np.testing.assert_array_equal(outputs[0], decoder.step(embedded[:, 0], states, *source)[0])


def test_dropout_in_training_only(decoder, inputs):
    calm = np.asarray(decoder(*inputs))
    assert not np.allclose(calm, decoder(*inputs, training=True))
    np.testing.assert_array_equal(calm, decoder(*inputs, training=False))


def test_config_makes_the_same_layer(decoder):
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(decoder))
    assert again.own_config == decoder.own_config
    assert again.dropout.rate == 0.5
    assert type(again.attention) is type(decoder.attention)
