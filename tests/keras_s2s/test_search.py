import numpy as np
import pytest
import tensorflow as tf

from edge.encoding import encode_tokens
from edge.search.batch import take
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Source
from edge.tokenizer import BOS, EOS, PAD
from keras_s2s import names
from keras_s2s.keras_step import KerasStep
from keras_s2s.search import Hypotheses
from keras_s2s.search import beam as beam_encoded
from keras_s2s.search import greedy as greedy_encoded

SOURCES = np.array([[4, 9, 7, 5, EOS], [8, 6, EOS, 0, 0], [EOS, 0, 0, 0, 0], [5, 5, 10, EOS, 0]], np.int32)
LIMIT = 12


def greedy(models, source: tf.Tensor, *arguments: object) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    return greedy_encoded(models, models.encoder({"source": source}), *arguments)


def beam(models, source: tf.Tensor, *arguments: object) -> Hypotheses:
    return beam_encoded(models, models.encoder({"source": source}), *arguments)


@pytest.fixture
def models(network, pairing):
    return ending(network(joint=True, **pairing))


def ending(made):
    """Untrained, and made to end most sentences before the limit and never to predict padding."""
    embedding = made.training.get_layer(names.TARGET_EMBEDDING)
    vectors = embedding.embeddings.numpy() * 2
    vectors[EOS] *= 1.5
    vectors[PAD] = 0
    embedding.embeddings.assign(vectors)
    return made


def log_probabilities(models, source: np.ndarray, target: list[int]) -> np.ndarray:
    logits = np.asarray(models.training({"source": source[None], "target": np.array([target], np.int32)}), np.float64)
    return logits[0] - np.log(np.exp(logits[0]).sum(axis=-1, keepdims=True))


def test_follows_the_most_probable_token_of_the_teacher_forced_model(models):
    tokens, lengths, scores = (tensor.numpy() for tensor in greedy(models, tf.constant(SOURCES), LIMIT))
    assert (tokens.shape, lengths.shape, scores.shape) == ((4, LIMIT), (4,), (4,))
    assert (tokens.dtype, lengths.dtype, scores.dtype) == ("int32", "int32", "float32")
    for source, row, length, score in zip(SOURCES, tokens, lengths, scores, strict=True):
        found = row[:length].tolist()
        wanted = found if length == LIMIT else [*found, EOS]
        expected = log_probabilities(models, source, [BOS, *found][: len(wanted)])
        assert expected.argmax(axis=-1).tolist() == wanted
        assert EOS not in found and (row[length:] == 0).all()
        np.testing.assert_allclose(score, expected.max(axis=-1).sum(), atol=1e-4)


def test_sentences_of_a_batch_do_not_disturb_each_other(models):
    together = greedy(models, tf.constant(SOURCES), LIMIT)
    for row, source in enumerate(SOURCES):
        alone = greedy(models, tf.constant(source[None, source > 0]), LIMIT)
        for whole, single in zip(together, alone, strict=True):
            np.testing.assert_allclose(whole[row], single[0], atol=1e-4)


def test_limit_cuts(models):
    tokens, _, _ = greedy(models, tf.constant(SOURCES), LIMIT)
    cut, lengths, _ = greedy(models, tf.constant(SOURCES), 1)
    np.testing.assert_array_equal(cut, tokens[:, :1])
    np.testing.assert_array_equal(lengths, (tokens[:, 0].numpy() != 0).astype(int))


def test_predicted_padding_is_a_token_like_others(network):
    """An unfinished model may predict it. The search on the device writes it down, so this one does."""
    made = network(joint=True)
    embedding = made.training.get_layer(names.TARGET_EMBEDDING)
    # All logits are the same: the first token is the most probable one.
    embedding.embeddings.assign(np.zeros(embedding.embeddings.shape))
    tokens, lengths, scores = greedy(made, tf.constant(SOURCES), LIMIT)
    np.testing.assert_array_equal(tokens, np.full((4, LIMIT), PAD))
    np.testing.assert_array_equal(lengths, [LIMIT] * 4)
    np.testing.assert_allclose(scores, [-LIMIT * np.log(11)] * 4, rtol=1e-5)


def test_same_in_a_graph(models):
    graph = tf.function(
        lambda source: greedy(models, source, LIMIT), input_signature=[tf.TensorSpec((None, None), tf.int32)]
    )
    for left, right in zip(graph(SOURCES), greedy(models, tf.constant(SOURCES), LIMIT), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-4)


BEAMS = [
    SearchOptions(beam=2),
    SearchOptions(beam=4, n_best=4, length_penalty="average"),
    SearchOptions(beam=3, n_best=2, length_penalty="none"),
    SearchOptions(beam=5, n_best=3, alpha=1.0),
]


def test_a_beam_finds_what_the_devices_search_finds(models):
    """Which `tests/edge/search` holds to every sentence there is."""
    check_beam(models, BEAMS[0])


@pytest.mark.parametrize("options", BEAMS[1:])
def test_so_does_every_beam(network, options):
    check_beam(ending(network(joint=True)), options)


def check_beam(models, options: SearchOptions) -> None:
    step = KerasStep(models)
    expected = search(step, encode_tokens(step, [source[source > 0].tolist() for source in SOURCES]), LIMIT, options)
    graph = tf.function(
        lambda source: beam(models, source, LIMIT, options), input_signature=[tf.TensorSpec((None, None), tf.int32)]
    )
    for found in (beam(models, tf.constant(SOURCES), LIMIT, options), graph(SOURCES)):
        assert found.tokens.shape == (len(SOURCES), options.n_best, LIMIT)
        for row, hypotheses in enumerate(expected):
            for place, hypothesis in enumerate(hypotheses):
                length = int(found.lengths[row, place])
                assert found.tokens[row, place, :length].numpy().tolist() == hypothesis.tokens
                assert not found.tokens[row, place, length:].numpy().any()
                np.testing.assert_allclose(found.scores[row, place], hypothesis.score, atol=1e-4)
                np.testing.assert_allclose(found.log_probabilities[row, place], hypothesis.log_probability, atol=1e-4)


def test_the_device_finds_the_same_given_the_same_encoded(models):
    """One encoded batch, with its padding, for both searches: neither knows what it was made of."""
    step, options = KerasStep(models), SearchOptions(beam=2)
    together = step.encode(source=SOURCES)
    tensors = {name: tf.constant(array) for name, array in (together.memory | together.states).items()}
    greedily, beams = greedy_encoded(models, tensors, LIMIT), beam_encoded(models, tensors, LIMIT, options)
    rows = [Source(take(together, np.array([row])), 0, ()) for row in range(len(SOURCES))]
    for row, [found] in enumerate(search(step, rows, LIMIT)):
        assert greedily[0][row, : greedily[1][row]].numpy().tolist() == found.tokens
        np.testing.assert_allclose(greedily[2][row], found.log_probability, atol=1e-4)
        if found.attention is not None:
            assert found.attention.shape == (len(found.token_scores), np.count_nonzero(SOURCES[row]))
    for row, [found] in enumerate(search(step, rows, LIMIT, options)):
        assert beams.tokens[row, 0, : beams.lengths[row, 0]].numpy().tolist() == found.tokens
        np.testing.assert_allclose(beams.scores[row, 0], found.score, atol=1e-4)


def test_a_beam_is_never_worse_than_greedy(models):
    options = SearchOptions(beam=2, length_penalty="none")
    _, _, scores = greedy(models, tf.constant(SOURCES), LIMIT)
    assert (beam(models, tf.constant(SOURCES), LIMIT, options).scores[:, 0] >= scores - 1e-5).numpy().all()
