"""Lexical constraints: phrases that are required appear."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searches import SOURCE, SOURCES, appears, search

from edge.errors import UserError
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.required import Progress, _guide
from edge.tokenizer import EOS


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    phrases=st.lists(st.lists(st.integers(4, 11), min_size=1, max_size=3).map(tuple), min_size=1, max_size=3),
    beam=st.integers(2, 6),
)
def test_required_phrases_appear(random_step, seed, phrases, beam):
    options = SearchOptions(beam=beam, n_best=beam)
    step = random_step(seed, vocabulary=12)
    for source, found in zip(
        SOURCES[:2], search(step, SOURCES[:2], 12, options, Constraints(required=tuple(phrases))), strict=True
    ):
        assert found
        for hypothesis in found:
            assert all(appears(phrase, hypothesis.tokens) for phrase in phrases)
            ended = [EOS] * (len(hypothesis.token_scores) - len(hypothesis.tokens))
            expected = step.log_probabilities(source, hypothesis.tokens + ended)
            np.testing.assert_allclose(hypothesis.token_scores, expected, atol=1e-4)


def test_a_phrase_that_is_there_is_seen_however_it_begins():
    """`4 4 5` inside `4 4 4 5`; and one phrase that begins as another one does."""
    progress = Progress(((4, 4, 5), (6, 7), (6, 8)))
    for token in (4, 4, 4):
        progress = progress.after(token)
    assert (progress.missing, progress.wanted) == (5, [5, 6, 6])
    progress = progress.after(5)
    assert progress.left == ((6, 7), (6, 8))
    assert progress.after(6).wanted == [7, 8] and progress.after(6).missing == 3
    assert progress.after(6).after(8).left == ((6, 7),)
    assert progress.after(6).after(8).after(6).after(7).missing == 0


def test_a_phrase_that_is_required_twice():
    progress = Progress(((6,), (4, 6), (6,)))
    assert (progress.missing, progress.after(6).left) == (4, ((4, 6), (6,)))
    # What ends two phrases is there for both.
    assert progress.after(4).after(6).left == ((6,),)
    assert progress.after(4).after(6).after(6).missing == 0


@pytest.mark.parametrize("seed", range(20))
def test_required_twice_appears_twice(random_step, seed):
    constraints = Constraints(required=((5,), (7, 8), (5,)))
    for found in search(random_step(seed, vocabulary=12), SOURCES[:2], 12, SearchOptions(beam=4), constraints):
        assert found[0].tokens.count(5) >= 2 and appears((7, 8), found[0].tokens)


def test_attention_says_when_a_phrase_begins():
    """The scores of a hypothesis that looks at the phrase's source with a weight of 0.75, then elsewhere."""
    constraints = Constraints(required=((4, 5), (6,)), places=(frozenset({1, 2}), frozenset()))
    scores = np.zeros(8)
    _guide(scores, np.array([0.25, 0.5, 0.25]), Progress(constraints.required), constraints)
    np.testing.assert_allclose(scores, [np.log(0.75 if token == 4 else 0.25) for token in range(8)])
    scores = np.zeros(8)
    _guide(scores, np.array([1.0, 0.0, 0.0]), Progress(constraints.required), constraints)
    np.testing.assert_allclose(scores, [np.log(0.001) if token == 4 else 0.0 for token in range(8)])
    # Within the phrase, and after it, nothing changes.
    for progress in (Progress(constraints.required).after(4), Progress(((6,),))):
        scores = np.zeros(8)
        _guide(scores, np.array([0.25, 0.5, 0.25]), progress, constraints)
        assert not scores.any()


def test_required_phrases_that_do_not_fit(random_step):
    with pytest.raises(UserError, match="have 5 tokens, of 4 at most"):
        search(random_step(0), [SOURCE], 4, SearchOptions(beam=2), Constraints(required=((4, 5), (4, 5, 4))))
    with pytest.raises(UserError, match="beam of 2 or more"):
        search(random_step(0), [SOURCE], 4, SearchOptions(), Constraints(required=((4, 5),)))
