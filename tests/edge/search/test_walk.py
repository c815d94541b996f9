"""Greedy search over a model that is a table: every number can be checked by hand."""

from collections.abc import Sequence

import numpy as np
import pytest

from edge.encoding import encode_tokens
from edge.search.search import search
from edge.search.step import Encoded, Hypothesis, Step, Stepped
from edge.tokenizer import BOS, EOS

# Probability of each of seven tokens at each step, times ten; the largest is not always a word.
#        0  1  2  EOS 4  5  6
TABLE = [
    [0, 1, 0, 2, 6, 1, 0],
    [0, 0, 1, 1, 2, 1, 5],
    [1, 1, 1, 1, 4, 1, 1],
    [0, 0, 0, 9, 1, 0, 0],
    [0, 0, 0, 0, 0, 10, 0],
]
SOURCE = np.array([[9, 8, 7, EOS]], np.int32)


def greedy(step: Step, source: np.ndarray, limit: int) -> Hypothesis:
    return search(step, encode_tokens(step, source.tolist()), limit)[0][0]


class TableStep:
    """Its state is the position in the table; it looks at one source position after the other."""

    vocabulary = None

    def __init__(self, table: Sequence[Sequence[float]] = TABLE, attention: bool = True, shift: float = 0.0):
        with np.errstate(divide="ignore"):
            self.logits = np.log(np.array(table, np.float32)) + np.float32(shift)
        self.attention = attention
        self.read: list[int] = []

    def encode(self, source: np.ndarray) -> Encoded:
        np.testing.assert_array_equal(source, SOURCE)
        memory = {"memory": source.astype(np.float32), "mask": np.ones(source.shape, np.float32)}
        return Encoded(memory, {"state_0": np.zeros((1, 1), np.float32)})

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        assert (token.shape, token.dtype) == ((1,), np.int32)
        assert encoded.memory["memory"].tolist() == SOURCE.tolist(), "memory stays"
        position = encoded.states["state_0"]
        assert position.tolist() == [[len(self.read)]], "each step reads the states of the one before"
        self.read.append(int(token[0]))
        weights = np.eye(4, dtype=np.float32)[[len(self.read) - 1]] if self.attention else None
        return Stepped(self.logits[[int(position[0, 0])]], {"state_0": position + 1}, weights)


def test_follows_the_most_probable_token_until_the_end_symbol():
    step = TableStep()
    hypothesis = greedy(step, SOURCE, 10)
    assert hypothesis.tokens == [4, 6, 4]
    assert step.read == [BOS, 4, 6, 4]


def test_scores_are_log_probabilities_end_symbol_included():
    hypothesis = greedy(TableStep(), SOURCE, 10)
    np.testing.assert_allclose(hypothesis.token_scores, np.log([0.6, 0.5, 0.4, 0.9]), rtol=1e-5)
    assert hypothesis.log_probability == pytest.approx(np.log(0.6 * 0.5 * 0.4 * 0.9), rel=1e-5)
    assert isinstance(hypothesis.log_probability, float)


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_scores_do_not_depend_on_where_the_logits_lie(shift):
    """Exponents of thousands neither overflow nor vanish; float32 keeps three digits of such logits."""
    hypothesis = greedy(TableStep(shift=shift), SOURCE, 10)
    np.testing.assert_allclose(hypothesis.token_scores, np.log([0.6, 0.5, 0.4, 0.9]), atol=2e-3)


@pytest.mark.parametrize("length", [1, 2, 3])
def test_ends_at_the_length_limit(length):
    step = TableStep()
    hypothesis = greedy(step, SOURCE, length)
    assert hypothesis.tokens == [4, 6, 4][:length]
    assert len(hypothesis.token_scores) == len(hypothesis.attention) == len(step.read) == length


def test_the_end_symbol_may_come_first():
    hypothesis = greedy(TableStep(TABLE[3:]), SOURCE, 10)
    assert hypothesis.tokens == []
    assert hypothesis.log_probability == pytest.approx(np.log(0.9), rel=1e-5)
    assert hypothesis.attention.shape == (1, 4)


def test_attention_has_a_row_for_each_score():
    np.testing.assert_array_equal(greedy(TableStep(), SOURCE, 10).attention, np.eye(4))
    np.testing.assert_array_equal(greedy(TableStep(), SOURCE, 2).attention, np.eye(4)[:2])


def test_without_attention_there_is_none():
    hypothesis = greedy(TableStep(attention=False), SOURCE, 10)
    assert (hypothesis.tokens, hypothesis.attention) == ([4, 6, 4], None)
