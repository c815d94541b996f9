"""Sound as a source: a recording is the same alone and padded in a batch, whatever its length is."""

import itertools
import math
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from edge.search.batch import take
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Source
from edge.tokenizer import BOS, EOS
from keras_s2s.config import AudioConfig, Seq2SeqModelConfig
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.search import beam, greedy
from keras_s2s.sources.audio import AudioSource

CONFIG = AudioConfig(mels=8, filters=4, frequency_width=2)
# From 0.02 to 3 seconds: a frame more and less, a position more and less, of four, eight and sixteen frames.
LENGTHS = (320, 321, 639, 641, 1281, 2559, 2560, 2561, 5121, 7999, 16001, 33333, 48000)


@pytest.fixture
def build(randomize: Callable) -> Callable[..., Seq2Seq]:
    """A network for sound with 11 tokens."""

    def made(audio: AudioConfig = CONFIG, **settings: object) -> Seq2Seq:
        config = Seq2SeqModelConfig(**{"units": 8, "embedding": 6, "layers": 3, "decoder_layers": 1} | settings)
        models = build_seq2seq(config, AudioSource(audio, 0.2), 11, ctc=True)
        randomize(models.training)
        return models

    return made


def padded(sounds: list[np.ndarray], more: int = 0) -> dict[str, np.ndarray]:
    longest = max(map(len, sounds)) + more
    return {
        "audio": np.stack([np.pad(sound, (0, longest - len(sound))) for sound in sounds]),
        "audio_length": np.array(list(map(len, sounds)), np.int32),
    }


def expected_positions(samples: int, pyramid: int) -> int:
    """Four frames of 10 ms each, and four positions behind the end; a pyramid halves that."""
    return math.ceil((math.ceil(samples / 640) + 4) / 2**pyramid)


@pytest.mark.parametrize("pyramid", [0, 1, 2])
def test_padding_changes_nothing(build, sound, pyramid):
    models = build(pyramid=pyramid, attention="location", layer_norm=True)
    step, sounds = KerasStep(models), [sound(length) for length in LENGTHS]
    together = step.encode(**padded(sounds, more=777))
    positions = [expected_positions(length, pyramid) for length in LENGTHS]
    np.testing.assert_array_equal(together.memory["mask"].sum(axis=1), positions)
    assert together.memory["mask"].shape[1] == expected_positions(48777, pyramid)
    assert together.states["alignment"].shape == together.memory["mask"].shape
    for row, (each, length) in enumerate(zip(sounds, positions, strict=True)):
        alone = step.encode(**padded([each]))
        np.testing.assert_array_equal(alone.memory["mask"], np.ones((1, length)))
        arrays = alone.memory | alone.states | {"ctc": alone.ctc}
        others = together.memory | together.states | {"ctc": together.ctc}
        assert arrays.keys() == others.keys()
        for name, array in arrays.items():
            other = others[name][row] if name.startswith("state") else others[name][row, :length]
            # Means are sums of float32 in another order; weights of this size multiply the difference.
            np.testing.assert_allclose(array[0], other, atol=5e-5, err_msg=f"{name}, {len(each)} samples")


def test_what_is_heard_reaches_the_logits(build, sound):
    models = build(attention="location", pyramid=1)
    batch = padded([sound(4000), sound(4000)[::-1], np.zeros(4000, "float32")])
    logits = np.asarray(models.training({**batch, "target": np.array([[BOS, 5, 6]] * 3, np.int32)})["logits"])
    assert min(abs(logits[one] - logits[other]).max() for one, other in itertools.combinations(range(3), 2)) > 1e-3


def test_features_are_hidden_and_dropped_in_training_only(build, sound):
    keras.utils.set_random_seed(1)
    models = build(dropout=0.0)
    inputs = {**padded([sound(8000)]), "target": np.array([[BOS, 5]], np.int32)}
    calm = models.training(inputs)["ctc"]
    np.testing.assert_array_equal(calm, models.training(inputs, training=False)["ctc"])
    assert not np.allclose(calm, models.training(inputs, training=True)["ctc"])
    layers = {layer.name: layer for layer in models.training.layers}
    assert layers["audio_dropout"].rate == 0.2
    assert layers["spec_augment"].own_config == {
        "frequency_masks": CONFIG.frequency_masks,
        "frequency_width": CONFIG.frequency_width,
        "time_masks": CONFIG.time_masks,
        "time_width": CONFIG.time_width,
        "time_share": 0.2,
    }


@pytest.mark.parametrize("attention", ["location", "luong"])
def test_the_searches_of_the_graph_are_those_of_the_device(build, sound, attention):
    """By attention alone: the graph's do not know CTC."""
    models = build(attention=attention, pyramid=1)
    step, batch = KerasStep(models), padded([sound(9000), sound(321), sound(4001)[::-1].copy()], more=500)
    together = step.encode(**batch)
    sources = [Source(take(together, np.array([row])), 1, (row,)) for row in range(3)]
    encoded = {name: tf.constant(array) for name, array in (together.memory | together.states).items()}
    encoded["ctc"] = tf.constant(together.ctc)
    found = [tensor.numpy() for tensor in greedy(models, encoded, 5)]
    for row, [hypothesis] in enumerate(search(step, sources, 5, SearchOptions(ctc_weight=0.0))):
        tokens, length, score = (array[row] for array in found)
        assert hypothesis.tokens == tokens[:length].tolist()
        np.testing.assert_allclose(hypothesis.log_probability, score, atol=1e-4)
        assert hypothesis.attention.shape[1] == together.memory["mask"][row].sum()
    options = SearchOptions(beam=3, ctc_weight=0.0)
    best = beam(models, encoded, 5, options)
    for row, [hypothesis] in enumerate(search(step, sources, 5, options)):
        assert hypothesis.tokens == best.tokens[row, 0, : best.lengths[row, 0]].numpy().tolist()
        np.testing.assert_allclose(hypothesis.score, best.scores[row, 0], atol=1e-4)


def test_slices_of_a_batch_add_up_and_train_every_weight(build, sound):
    """Of three slices one is empty."""
    models = build(attention="location", layers=2, pyramid=1, dropout=0.0)
    inputs = {
        **padded([sound(4000), sound(2001)]),
        "target": np.array([[BOS, 5, 5], [BOS, 7, 0]], np.int32),
        "labels": np.array([[5, 5, EOS], [7, EOS, 0]], np.int32),
    }
    whole, sliced = (models.objective(0.1, count, ctc_weight=0.3) for count in (1, 3))
    np.testing.assert_allclose(sliced(inputs), whole(inputs), rtol=1e-5)
    with tf.GradientTape() as tape:
        loss = sliced(inputs, training=True)[0]
    gradients = tape.gradient(loss, [weight.value for weight in sliced.trainable_variables])
    for weight, gradient in zip(sliced.trainable_variables, gradients, strict=True):
        values = np.asarray(tf.convert_to_tensor(gradient))
        assert np.isfinite(values).all() and np.abs(values).max() > 0, weight.path


@pytest.mark.parametrize("slices", [1, 3])
def test_a_student_learns_its_teachers_distributions(build, sound, slices):
    """In place of a fraction of the decoder's labels, from a teacher with other features and positions."""
    student = build(attention="location", layers=1)
    teacher = build(AudioConfig(mels=12, filters=2, hop_ms=20.0), cell="gru", attention="luong", pyramid=1, units=6)
    labels = np.array([[5, 5, EOS], [7, EOS, 0]], np.int32)
    inputs = {**padded([sound(4000), sound(2001)]), "target": np.array([[BOS, 5, 5], [BOS, 7, 0]], np.int32)}
    log_probabilities, expected = (
        np.asarray(tf.nn.log_softmax(models.training(inputs)["logits"]), np.float64) for models in (student, teacher)
    )
    without = student.objective(0.0, ctc_weight=0.3)({**inputs, "labels": labels})
    cross_entropy = -np.take_along_axis(log_probabilities, labels[..., None], -1)[..., 0][labels != 0].sum()
    taught = -(np.exp(expected) * log_probabilities).sum(-1)[labels != 0].sum()
    taught_model = student.objective(0.0, slices, teacher=teacher.training, teacher_share=0.6, ctc_weight=0.3)
    sums = taught_model({**inputs, "labels": labels})
    np.testing.assert_allclose(sums[0], without[0] + 0.7 * 0.6 * (taught - cross_entropy), rtol=1e-5)
    np.testing.assert_allclose(sums[1:], without[1:], rtol=1e-5)
    assert {each.path for each in taught_model.trainable_variables} == {
        each.path for each in student.training.trainable_variables
    }


def test_a_loaded_one_has_the_same_views(build, sound, tmp_path: Path):
    models = build(attention="location", pyramid=1)
    models.training.save(tmp_path / "model.keras")
    loaded = Seq2Seq.of(keras.saving.load_model(tmp_path / "model.keras"))
    batch = padded([sound(9000), sound(321)])
    expected, encoded = models.encoder(batch), loaded.encoder(batch)
    assert encoded.keys() == expected.keys()
    for name, tensor in encoded.items():
        np.testing.assert_allclose(tensor, expected[name], atol=1e-6)
    assert {tensor.name for tensor in loaded.encoder.inputs} == {"audio", "audio_length"}
