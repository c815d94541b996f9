"""What the exported signatures compute, on the runtime that devices use, against Keras."""

from collections.abc import Sequence

import numpy as np
import pytest
import tensorflow as tf

from edge.encoding import encode_tokens
from edge.flatbuffer_step import FlatbufferStep
from edge.search.search import search
from edge.search.step import Encoded
from edge.tokenizer import BOS, EOS
from keras_s2s import names
from keras_s2s.export.signatures import seq2seq_signatures
from keras_s2s.export.tflite import convert
from keras_s2s.models.seq2seq import Seq2Seq

STATES = {"rnn": ["state_0"], "gru": ["state_0"], "lstm": ["state_0", "state_1"]}


def one(sentence: Sequence[int]) -> np.ndarray:
    """A sentence as it is encoded on a device: alone, without padding."""
    return np.array([[*sentence, EOS]], np.int32)


def test_names_are_those_of_the_contract(toy, load, cell, attention):
    read = [] if attention == "none" else ["memory", "keys", "mask"]
    # With attention the context of the last step is one state more.
    states = STATES[cell] + [f"state_{len(STATES[cell])}"] * bool(read)
    found = load(toy.flatbuffer(cell, attention)).signatures
    assert {name: {side: sorted(names) for side, names in sides.items()} for name, sides in found.items()} == {
        "encode": {"inputs": ["source"], "outputs": sorted([*read, *states])},
        "decode_step": {
            "inputs": sorted(["token", *read, *states]),
            "outputs": sorted(["logits", *states, *["attention"] * bool(read)]),
        },
        "translate": {"inputs": ["source"], "outputs": ["length", "score", "tokens"]},
    }


def test_shapes_and_types_are_those_of_the_contract(toy, load, cell, attention):
    flatbuffer = load(toy.flatbuffer(cell, attention))
    source = one([4, 5, 6, 7])
    encoded = flatbuffer.call("encode", {"source": source})
    inputs = encoded | {"token": np.array([BOS], np.int32)}
    if attention != "none":
        assert encoded["memory"].shape == encoded["keys"].shape == (1, 5, 128)
        np.testing.assert_array_equal(encoded["mask"], np.ones((1, 5)))
    assert all(encoded[name].shape == (1, 128) for name in STATES[cell])
    stepped = flatbuffer.call("decode_step", inputs)
    assert stepped["logits"].shape == (1, 12)
    if attention != "none":
        assert stepped["attention"].shape == (1, 5)
    assert {value.dtype for value in (*encoded.values(), *stepped.values())} == {np.dtype("float32")}
    translated = flatbuffer.call("translate", {"source": source})
    assert {name: (str(value.dtype), value.shape) for name, value in translated.items()} == {
        "tokens": ("int32", (1, 6)),
        "length": ("int32", (1,)),
        "score": ("float32", (1,)),
    }


@pytest.mark.parametrize("lengths", [(5,), (3, 3), (1, 6, 4)])
def test_the_mask_is_one_at_real_positions(toy, load, lengths):
    """By the lengths, in batches with and without padding, and one wider than its longest sentence."""
    flatbuffer = load(toy.flatbuffer("gru", "luong"))
    for width in (max(lengths), max(lengths) + 2):
        real = np.arange(width) < np.array(lengths)[:, None]
        source = np.where(real, 7, 0).astype(np.int32)
        mask = flatbuffer.call("encode", {"source": source})["mask"]
        np.testing.assert_array_equal(mask, real.astype(np.float32))
        assert mask.dtype == np.float32


def teacher_forced(models: Seq2Seq, source: np.ndarray, tokens: Sequence[int]) -> np.ndarray:
    """Keras' logits for each of the tokens, the whole target at once: `(target_length, vocabulary)`."""
    target = np.array([[BOS, *tokens[:-1]]], np.int32)
    return models.training({"source": source, "target": target}).numpy()[0]


def assert_equal_logits(models: Seq2Seq, step: FlatbufferStep, sentence: Sequence[int], tokens: Sequence[int]) -> None:
    source = one(sentence)
    keras = dict(models.encoder({"source": source}))
    encoded = step.encode(source=source)
    assert keras.keys() == {*encoded.memory, *encoded.states}
    for name, value in keras.items():
        np.testing.assert_allclose((encoded.memory | encoded.states)[name], value, atol=1e-4, err_msg=name)
    for last, expected in zip([BOS, *tokens], teacher_forced(models, source, tokens), strict=False):
        logits, states, _ = step.step(np.array([last], np.int32), encoded)
        np.testing.assert_allclose(logits[0], expected, atol=1e-4)
        encoded = Encoded(encoded.memory, states)


def test_logits_equal_keras(toy, load, cell, attention):
    step = FlatbufferStep(load(toy.flatbuffer(cell, attention)))
    for sentence in toy.held_out[:15]:
        assert_equal_logits(toy.network(cell, attention), step, sentence, [*sentence[::-1], EOS])


@pytest.mark.parametrize("bidirectional", [True, False], ids=["bidirectional", "forward"])
def test_logits_of_other_shapes_equal_keras(network, load, cell, bidirectional):
    """Two layers, vocabularies of their own, an output matrix of its own, any weights, longer sentences."""
    models = network(cell=cell, layers=2, tied=False, bidirectional=bidirectional)
    step = FlatbufferStep(load(convert(seq2seq_signatures(models, 9))))
    random = np.random.default_rng(1)
    for length in (0, 1, 19, 40):
        assert_equal_logits(models, step, random.integers(1, 13, length).tolist(), random.integers(1, 11, 12).tolist())


def test_greedy_is_the_same_everywhere(toy, load, cell, attention):
    """In the Keras graph on a padded batch, in the flatbuffer's loop, and in NumPy over the flatbuffer's step."""
    flatbuffer = load(toy.flatbuffer(cell, attention))
    step = FlatbufferStep(flatbuffer)
    batch = toy.search(toy.network(cell, attention))(toy.source(toy.held_out))
    for sentence, tokens, length, score in zip(toy.held_out, *batch, strict=True):
        source = one(sentence)
        looped = flatbuffer.call("translate", {"source": source})
        np.testing.assert_array_equal(looped["tokens"][0], tokens)
        assert looped["length"] == [length]
        np.testing.assert_allclose(looped["score"], [score], atol=1e-4)
        hypothesis = search(step, encode_tokens(step, source.tolist()), toy.WIDTH)[0][0]
        assert hypothesis.tokens == tokens[:length].tolist()
        np.testing.assert_allclose(hypothesis.log_probability, score, atol=1e-4)
        if attention == "none":
            assert hypothesis.attention is None
        else:
            assert hypothesis.attention.shape == (len(hypothesis.token_scores), source.shape[1])


def test_length_limit_is_the_same_everywhere(network, load, attention):
    """An untrained network that never ends."""
    models = network(joint=True, attention=attention)
    embedding = models.training.get_layer(names.TARGET_EMBEDDING)
    vectors = embedding.embeddings.numpy()
    vectors[[0, EOS]] = 0
    embedding.embeddings.assign(vectors)
    flatbuffer = load(convert(seq2seq_signatures(models, 7)))
    for sentence in ([], [5], [4, 10, 9, 8, 7, 6, 5, 4, 4, 4, 1]):
        step = FlatbufferStep(flatbuffer)
        hypothesis = search(step, encode_tokens(step, one(sentence).tolist()), 7)[0][0]
        looped = flatbuffer.call("translate", {"source": one(sentence)})
        assert looped["tokens"].tolist() == [hypothesis.tokens]
        assert looped["length"].tolist() == [len(hypothesis.tokens)] == [7]
        np.testing.assert_allclose(looped["score"], [hypothesis.log_probability], atol=1e-4)


@pytest.mark.parametrize(("quantize", "lost"), [("float16", 0.01), ("int8", 0.05)])
def test_quantized_networks_still_reverse(toy, load, cell, attention, quantize, lost):
    flatbuffer = load(toy.flatbuffer(cell, attention, quantize))
    tokens = [flatbuffer.call("translate", {"source": one(sentence)})["tokens"][0] for sentence in toy.held_out]
    assert toy.exact(np.array(tokens), toy.held_out) >= 0.99 - lost


def stacked(arrays: Sequence[np.ndarray], length: int) -> np.ndarray:
    """Arrays `(1, source_length, ...)` as a batch, padded with what must not matter."""
    widths = [(0, 0)] * (arrays[0].ndim - 2)
    return np.concatenate(
        [np.pad(array, ((0, 0), (0, length - array.shape[1]), *widths), constant_values=9.0) for array in arrays]
    )


def test_a_padded_batch_equals_one_sentence_at_a_time(toy, load, cell, attention):
    step = FlatbufferStep(load(toy.flatbuffer(cell, attention)))
    # Encoded alone, without padding; of different lengths.
    encoded = [step.encode(source=one(sentence)) for sentence in ([4, 5, 6], [9, 8, 7, 6, 5], [6, 6, 4, 9])]
    lengths = [4, 6, 5]
    memory = {}
    if attention != "none":
        memory = {name: stacked([each.memory[name] for each in encoded], 6) for name in ("memory", "keys")}
        memory["mask"] = (np.arange(6) < np.array(lengths)[:, None]).astype(np.float32)
    states = {name: np.concatenate([each.states[name] for each in encoded]) for name in encoded[0].states}
    batch = Encoded(memory, states)
    for tokens in ([BOS] * 3, [4, 7, 9], [5, 5, 8]):
        together = step.step(np.array(tokens, np.int32), batch)
        for row, token in enumerate(tokens):
            alone = step.step(np.array([token], np.int32), encoded[row])
            np.testing.assert_allclose(together.logits[row], alone.logits[0], atol=1e-4)
            for name, state in alone.states.items():
                np.testing.assert_allclose(together.states[name][row], state[0], atol=1e-5)
            if attention != "none":
                real = lengths[row]
                np.testing.assert_allclose(together.attention[row, :real], alone.attention[0], atol=1e-5)
                assert (together.attention[row, real:] == 0).all()
            encoded[row] = Encoded(encoded[row].memory, alone.states)
        batch = Encoded(memory, together.states)


def test_signatures_do_not_depend_on_the_batch_they_were_traced_with(network):
    """Source length and batch of the step are free."""
    signatures = seq2seq_signatures(network(), 9)
    step = signatures["decode_step"].structured_input_signature[1]
    assert (step["token"].shape.as_list(), step["memory"].shape.as_list()) == ([None], [None, None, 8])
    assert (step["token"].dtype, step["mask"].dtype) == (tf.int32, tf.float32)
    assert signatures["encode"].structured_outputs["memory"].shape.as_list() == [None, None, 8]
