"""A network whose source is not tokens: nothing after the source knows."""

from pathlib import Path

import keras
import numpy as np
import pytest

from edge.search.batch import take
from edge.search.search import search
from edge.search.step import Source
from edge.tokenizer import BOS
from keras_s2s import names
from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.export.signatures import seq2seq_signatures
from keras_s2s.export.tflite import convert
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.search import greedy
from keras_s2s.sources.tokens import TokenSource

LIMIT = 5
FRAMES = np.random.default_rng(1).normal(size=(2, 8, 3)).astype(np.float32)
# Two frames become one position: three of four are real, and one and a half, which is two.
LENGTHS = np.array([6, 3], np.int32)
MASK = [[1, 1, 1, 0], [1, 1, 0, 0]]


@keras.saving.register_keras_serializable("test_sources")
class HalvedMask(keras.layers.Layer):
    """Which pairs of frames are real."""

    def call(self, frames, lengths):
        positions = keras.ops.arange(keras.ops.shape(frames)[1] // 2)
        return positions[None] < (keras.ops.expand_dims(lengths, 1) + 1) // 2

    def compute_output_spec(self, frames, lengths):
        return keras.KerasTensor((frames.shape[0], None), "bool")


class FrameSource:
    """Vectors in two inputs; the memory is half as long as the source."""

    shared = None

    def __init__(self, width: int):
        frames = keras.Input((None, 3), name="frames")
        lengths = keras.Input((), dtype="int32", name="lengths")
        self.inputs = {"frames": frames, "lengths": lengths}
        self.embedded = keras.layers.Conv1D(width, 2, 2, name="halve")(frames)
        self.mask = HalvedMask(name=names.MASK)(frames, lengths)


@pytest.fixture
def models(attention) -> Seq2Seq:
    config = Seq2SeqModelConfig(units=8, embedding=6, attention=attention)
    return build_seq2seq(config, FrameSource(6), 11)


def inputs() -> dict[str, np.ndarray]:
    return {"frames": FRAMES, "lengths": LENGTHS}


def test_all_inputs_but_the_target_are_the_encoders(models, attention):
    assert set(models.encoder.input) == {"frames", "lengths"}
    assert set(models.training.input) == {"frames", "lengths", "target"}
    encoded = models.encoder(inputs())
    if attention != "none":
        np.testing.assert_array_equal(encoded["mask"], MASK)
        assert encoded["memory"].shape == encoded["keys"].shape == (2, 4, 8)


def test_a_loaded_one_has_the_same_views(models, tmp_path: Path):
    models.training.save(tmp_path / "model.keras")
    loaded = Seq2Seq.of(keras.saving.load_model(tmp_path / "model.keras"))
    expected = models.encoder(inputs())
    for name, tensor in loaded.encoder(inputs()).items():
        np.testing.assert_allclose(tensor, expected[name], atol=1e-6)


def test_training_searches_and_flatbuffer_agree(models, load):
    """The most probable tokens, by the teacher-forced view, by both searches, and on the device's runtime."""
    encoded = models.encoder(inputs())
    tokens, lengths, scores = (tensor.numpy() for tensor in greedy(models, encoded, LIMIT))
    target = np.concatenate([np.full((2, 1), BOS, np.int32), tokens[:, :-1]], axis=1)
    logits = np.asarray(models.training({**inputs(), "target": target}))
    for row in range(2):
        assert logits[row, : lengths[row]].argmax(-1).tolist() == tokens[row, : lengths[row]].tolist()
    step = KerasStep(models)
    together = step.encode(**inputs())
    sources = [Source(take(together, np.array([row])), 1, (row,)) for row in range(2)]
    for row, [found] in enumerate(search(step, sources, LIMIT)):
        assert found.tokens == tokens[row, : lengths[row]].tolist()
        np.testing.assert_allclose(found.log_probability, scores[row], atol=1e-4)
        if found.attention is not None:
            assert found.attention.shape[1] == sum(MASK[row])
    flatbuffer = load(convert(seq2seq_signatures(models, LIMIT)))
    for row in range(2):
        alone = {name: array[row : row + 1] for name, array in inputs().items()}
        looped = flatbuffer.call("translate", alone)
        np.testing.assert_array_equal(looped["tokens"][0], tokens[row])
        np.testing.assert_allclose(looped["score"], scores[row : row + 1], atol=1e-4)


def test_the_objective_reads_the_same_inputs(models):
    target, labels = np.array([[BOS, 5, 6]] * 2, np.int32), np.array([[5, 6, 3]] * 2, np.int32)
    logits = np.asarray(models.training({**inputs(), "target": target}), np.float64)
    log_probabilities = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = -np.take_along_axis(log_probabilities, labels[..., None], -1).sum()
    for parts in (1, 2):
        sums = models.objective(slices=parts)({**inputs(), "target": target, "labels": labels})
        np.testing.assert_allclose(sums[0], expected, rtol=1e-5)


@pytest.mark.parametrize(("joint", "tied", "shared"), [(True, True, True), (True, False, False), (False, True, False)])
def test_tokens_share_an_embedding_where_vocabulary_and_weights_are_one(joint, tied, shared):
    config = Seq2SeqModelConfig(units=8, embedding=6, tied=tied)
    source = TokenSource(config, 11, joint)
    assert (source.shared is not None) == shared
    layers = [layer.name for layer in build_seq2seq(config, source, 11).training.layers]
    assert (names.SOURCE_EMBEDDING in layers) == (not shared)


def test_a_shared_embedding_has_one_vocabulary():
    config = Seq2SeqModelConfig(units=8, embedding=6)
    with pytest.raises(ValueError, match="12 source and 11 target"):
        build_seq2seq(config, TokenSource(config, 12, joint=True), 11)
