"""A network for sound as a flatbuffer, on the runtime that devices use, against Keras."""

from collections.abc import Callable, Iterator

import keras
import numpy as np
import pytest
import tensorflow as tf

from edge.flatbuffer_step import FlatbufferStep
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Source
from edge.static_step import StaticStep
from edge.tokenizer import BOS
from keras_s2s import names
from keras_s2s.config import AudioConfig, Seq2SeqModelConfig
from keras_s2s.export.signatures import seq2seq_signatures
from keras_s2s.export.tflite import convert
from keras_s2s.layers.log_mel import FLOOR
from keras_s2s.layers.sequence_normalization import SequenceNormalization
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.search import greedy
from keras_s2s.sources.audio import AudioSource

# The filter bank, 257 x 40, is a matrix that is quantized where nothing keeps it from that.
CONFIG = AudioConfig(mels=40, filters=2)
LIMIT, LENGTHS = 6, (800, 3201, 9999)
# Samples of a network with static shapes, and positions of its memory.
STATIC, POSITIONS = 4000, 6

STATES = ("state_0", "state_1", "state_2")

Convert = Callable[[str], bytes]


@pytest.fixture(scope="module")
def models() -> Seq2Seq:
    """Everything that speech has: location-aware attention, CTC, a pyramid, a smaller decoder."""
    config = Seq2SeqModelConfig(units=16, embedding=8, layers=2, decoder_layers=1, pyramid=1, attention="location")
    made, random = build_seq2seq(config, AudioSource(CONFIG), 12, ctc=True), np.random.default_rng(4)
    for weight in made.training.weights:
        weight.assign(random.normal(0, 0.3, weight.shape))
    return made


@pytest.fixture(scope="module")
def converted(models: Seq2Seq) -> Iterator[Convert]:
    """The network in a form, with its features as a signature; converted once."""
    layer, made = models.training.get_layer(names.FEATURES), {}
    features = keras.Model(layer.input, layer.output)

    @tf.function(input_signature=[tf.TensorSpec((None, None), tf.float32, name="audio")])
    def hear(audio: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"features": features(audio)}

    signatures = seq2seq_signatures(models, LIMIT) | {"features": hear.get_concrete_function()}
    # The slowest one to convert; its loop is that of networks for text, which are tested in all forms.
    fewer = {name: function for name, function in signatures.items() if name != "translate"}

    def once(quantize: str) -> bytes:
        if quantize not in made:
            made[quantize] = convert(signatures if quantize == "none" else fewer, quantize)
        return made[quantize]

    yield once


def recording(audio: np.ndarray) -> dict[str, np.ndarray]:
    return {"audio": audio[None], "audio_length": np.array([len(audio)], np.int32)}


FORMS = ["none", "float16", "int8"]


@pytest.mark.parametrize("quantize", FORMS)
def test_built_in_operators_only(converted, check_operators, quantize):
    check_operators(converted(quantize))


@pytest.mark.parametrize("quantize", [*FORMS, "int4"])
def test_features_do_not_depend_on_the_form(converted, load, models, sound, quantize):
    flatbuffer, float_ = load(converted(quantize)), load(converted("none"))
    for audio in (*(sound(length)[None] for length in LENGTHS), np.zeros((1, 900), "float32")):
        features = flatbuffer.call("features", {"audio": audio})["features"]
        np.testing.assert_array_equal(features, float_.call("features", {"audio": audio})["features"])
        expected = models.training.get_layer(names.FEATURES)(audio)
        np.testing.assert_allclose(features, expected, atol=5e-3)


# How far weights of 32, 16 and 8 bits are from Keras' result at most, for numbers of about one.
@pytest.mark.parametrize(("quantize", "atol"), [("none", 1e-5), ("float16", 2e-3), ("int8", 0.03)])
def test_encoder_and_step_equal_keras(converted, load, models, sound, quantize, atol):
    flatbuffer = load(converted(quantize))
    for length in LENGTHS:
        expected = {name: tensor.numpy() for name, tensor in models.encoder(recording(sound(length))).items()}
        encoded = flatbuffer.call("encode", recording(sound(length)))
        assert encoded.keys() == expected.keys() == {"memory", "keys", "mask", "alignment", "ctc", *STATES}
        for name, array in encoded.items():
            np.testing.assert_allclose(array, expected[name], atol=atol, err_msg=name)
        # Two steps: the second one reads where the first one looked.
        memory = {name: expected.pop(name) for name in ("memory", "keys", "mask")}
        states = {name: expected[name] for name in (*STATES, "alignment")}
        for token in (BOS, 7):
            inputs = {"token": np.array([token], np.int32), **memory, **states}
            stepped, after = flatbuffer.call("decode_step", inputs), models.step(inputs)
            for name, array in stepped.items():
                np.testing.assert_allclose(array, after[name], atol=atol, err_msg=name)
            states = {name: after[name].numpy() for name in states}


def test_many_frames_are_normalized_as_by_numpy(load):
    """Sums of one value after the other, thousands of them equal as in silence, would lose digits."""
    layer = SequenceNormalization()

    @tf.function(input_signature=[tf.TensorSpec((None, None, 3), tf.float32, name="inputs")])
    def normalize(inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"outputs": layer(inputs, tf.ones(tf.shape(inputs)[:2], tf.bool))}

    values = np.random.default_rng(5).normal(-7.0, [1.0, 2.0, 0.5], (1, 3000, 3)).astype(np.float32)
    values[:, 500:2500] = np.log(FLOOR)
    flatbuffer = load(convert({"normalize": normalize.get_concrete_function()}))
    exact = values.astype(float)
    expected = (exact - exact.mean(axis=1)) / np.sqrt(exact.var(axis=1) + 0.01)
    np.testing.assert_allclose(flatbuffer.call("normalize", {"inputs": values})["outputs"], expected, atol=2e-5)


def test_a_padded_batch_equals_one_recording_at_a_time(converted, load, sound):
    flatbuffer = load(converted("none"))
    sounds = [sound(length) for length in LENGTHS]
    batch = {
        "audio": np.stack([np.pad(each, (0, 12000 - len(each))) for each in sounds]),
        "audio_length": np.array(LENGTHS, np.int32),
    }
    together = flatbuffer.call("encode", batch)
    for row, each in enumerate(sounds):
        for name, array in flatbuffer.call("encode", recording(each)).items():
            other = together[name][row] if name in STATES else together[name][row, : array.shape[1]]
            np.testing.assert_allclose(array[0], other, atol=1e-5, err_msg=name)


def test_greedy_is_the_same_everywhere(converted, load, models, sound):
    """In the Keras graph, in the flatbuffer's loop, and in NumPy over the flatbuffer's step."""
    flatbuffer = load(converted("none"))
    step = FlatbufferStep(flatbuffer)
    for length in LENGTHS:
        inputs = recording(sound(length))
        tokens, count, score = (tensor.numpy() for tensor in greedy(models, models.encoder(inputs), LIMIT))
        looped = flatbuffer.call("translate", inputs)
        np.testing.assert_array_equal(looped["tokens"], tokens)
        assert looped["length"] == count
        np.testing.assert_allclose(looped["score"], score, atol=1e-4)
        source = Source(step.encode(**inputs), 1, ())
        [[found]] = search(step, [source], LIMIT, SearchOptions(ctc_weight=0.0))
        assert found.tokens == tokens[0, : count[0]].tolist()
        np.testing.assert_allclose(found.log_probability, score[0], atol=1e-4)


def test_static_shapes_equal_keras(load, models, check_operators, sound):
    """Recordings are padded to one length; the memory's is fixed, too."""
    signatures = seq2seq_signatures(models, LIMIT, False, STATIC, POSITIONS)
    made = convert({name: signatures[name] for name in ("encode", "decode_step")}, "int8")
    check_operators(made)
    flatbuffer = load(made)
    shapes = {
        name: {each["name"]: each["shape"] for side in sides.values() for each in side}
        for name, sides in flatbuffer.description().items()
    }
    assert shapes["encode"]["audio"] == [1, STATIC] and shapes["encode"]["ctc"] == [1, POSITIONS, 12]
    assert shapes["decode_step"]["memory"] == [1, POSITIONS, 16] and shapes["decode_step"]["alignment"] == [
        1,
        POSITIONS,
    ]
    assert None not in [size for signature in shapes.values() for shape in signature.values() for size in shape]
    step = StaticStep(flatbuffer)
    for length in (800, 3201, STATIC):
        expected = models.encoder(recording(sound(length)))
        encoded = step.encode(**recording(sound(length)))
        real = expected["mask"].shape[1]
        # A position is eight frames. Behind the end are four more before the pyramid.
        assert encoded.memory["mask"].sum() == real == -(-(-(-length // 640) + 4) // 2)
        np.testing.assert_allclose(encoded.memory["memory"][:, :real], expected["memory"], atol=0.03)
        np.testing.assert_allclose(encoded.ctc[:, :real], expected["ctc"], atol=0.03)
