import numpy as np
import pytest

from edge.encoding import encode_tokens
from edge.search.options import SearchOptions
from edge.search.search import search
from edge.search.step import Encoded, Stepped
from edge.tokenizer import BOS, EOS
from keras_s2s.ensemble import EnsembleStep
from keras_s2s.keras_step import KerasStep

SOURCE = [4, 9, 7, 5, EOS]
SOURCES = [SOURCE, [6, EOS]]
LIMIT = 8


@pytest.fixture
def two(network, attention) -> list[KerasStep]:
    # Nothing but their vocabularies need be the same.
    return [KerasStep(network(joint=True, attention=attention)), KerasStep(network(joint=True, cell="gru"))]


def probabilities(step, tokens: list[int]) -> np.ndarray:
    encoded, rows = step.encode(source=np.array([SOURCE], np.int32)), []
    for token in tokens:
        logits, states, _ = step.step(np.array([token], np.int32), encoded)
        encoded = Encoded(encoded.memory, states)
        weights = np.exp(logits[0].astype(np.float64))
        rows.append(weights / weights.sum())
    return np.array(rows)


def test_predicts_with_the_mean_of_the_probabilities(two):
    tokens = [BOS, 5, 8, 4]
    expected = np.mean([probabilities(step, tokens) for step in two], axis=0)
    np.testing.assert_allclose(probabilities(EnsembleStep(two), tokens), expected, atol=1e-6)


def test_a_model_with_itself_is_the_model(two):
    options = SearchOptions(beam=3, n_best=3)
    same = EnsembleStep([two[0], two[0]])
    alone = search(two[0], encode_tokens(two[0], SOURCES), LIMIT, options)
    twice = search(same, encode_tokens(same, SOURCES), LIMIT, options)
    for single, double in zip(alone, twice, strict=True):
        assert [hypothesis.tokens for hypothesis in single] == [hypothesis.tokens for hypothesis in double]
        np.testing.assert_allclose([h.score for h in single], [h.score for h in double], atol=1e-5)


def test_attention_is_the_mean_of_those_that_have_any(two):
    ensemble = EnsembleStep(two)
    whole = search(ensemble, encode_tokens(ensemble, [SOURCE]), LIMIT)[0][0]
    assert whole.attention.shape == (len(whole.token_scores), len(SOURCE))
    np.testing.assert_allclose(whole.attention.sum(axis=1), 1, atol=1e-5)


class Heard:
    """A member that has CTC, or none."""

    vocabulary = None

    def __init__(self, probabilities: list[list[float]] | None):
        self.probabilities = probabilities

    def encode(self, audio: np.ndarray) -> Encoded:
        mask, state = np.ones((1, 2), np.float32), np.zeros((1, 1), np.float32)
        ctc = None if self.probabilities is None else np.log(np.array([self.probabilities], np.float32))
        return Encoded({"mask": mask}, {"state_0": state}, ctc)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        assert list(encoded.memory) == ["mask"] and encoded.ctc is None
        return Stepped(np.zeros((1, 3), np.float32), dict(encoded.states), None)


def test_ctc_is_the_mean_of_the_probabilities():
    members = [Heard([[0.5, 0.1, 0.4], [0.2, 0.8, 0]]), Heard([[0.7, 0.2, 0.1], [0.2, 0.6, 0.2]]), Heard(None)]
    with np.errstate(divide="ignore"):
        encoded = EnsembleStep(members).encode(audio=np.zeros((1, 9)))
    assert encoded.ctc.dtype == np.float32
    np.testing.assert_allclose(np.exp(encoded.ctc[0]), [[0.6, 0.15, 0.25], [0.2, 0.7, 0.1]], rtol=1e-5)
    EnsembleStep(members).step(np.array([BOS], np.int32), encoded)
    assert EnsembleStep([Heard(None)] * 2).encode(audio=np.zeros((1, 9))).ctc is None
