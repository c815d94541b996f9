"""The search against every sentence there is, against itself one sentence at a time, and on thousands of models."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from searches import SCORES, SEARCHES, SOURCE, SOURCES, appears, search

from edge.encoding import encode_tokens
from edge.errors import UserError
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.search import search as search_encoded
from edge.search.step import Encoded, Source
from edge.tokenizer import EOS


@pytest.mark.parametrize("penalty", SCORES)
@pytest.mark.parametrize("seed", range(3))
def test_a_wide_beam_finds_what_enumeration_finds(random_step, seed, penalty):
    step = random_step(seed)
    best = step.everything(SOURCE, 4, SCORES[penalty])[:20]
    found = search(step, [SOURCE], 4, SearchOptions(beam=700, n_best=20, length_penalty=penalty))[0]
    assert [hypothesis.tokens for hypothesis in found] == [tokens for _, tokens in best]
    np.testing.assert_allclose([hypothesis.score for hypothesis in found], [score for score, _ in best], atol=1e-5)


def test_a_wide_beam_finds_the_best_of_length_five(random_step):
    step = random_step(11)
    best = step.everything(SOURCE, 5, SCORES["wu"])[:5]
    found = search(step, [SOURCE], 5, SearchOptions(beam=3200, n_best=5))[0]
    assert [hypothesis.tokens for hypothesis in found] == [tokens for _, tokens in best]


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 10**6), beam=st.integers(2, 5))
def test_sentences_of_a_batch_have_constraints_of_their_own(random_step, seed, beam):
    step, options = random_step(seed, vocabulary=12), SearchOptions(beam=beam, n_best=beam)
    phrases = [((4,),), ((5, 6), (7,)), ((8, 4, 9),)]
    constraints = [Constraints(required=each, suppressed=(10,)) for each in phrases]
    together = search(step, SOURCES[:3], 12, options, constraints)
    for source, own, found in zip(SOURCES[:3], constraints, together, strict=True):
        alone = search(step, [source], 12, options, own)[0]
        assert [hypothesis.tokens for hypothesis in found] == [hypothesis.tokens for hypothesis in alone]
        assert all(appears(phrase, hypothesis.tokens) for phrase in own.required for hypothesis in found)


@pytest.mark.parametrize("options", SEARCHES)
@pytest.mark.parametrize("seed", range(10))
def test_sentences_of_a_batch_do_not_disturb_each_other(random_step, seed, options):
    step = random_step(seed, vocabulary=12)
    together = search(step, SOURCES, 12, options)
    for source, whole in zip(SOURCES, together, strict=True):
        alone = search(step, [source], 12, options)[0]
        assert [hypothesis.tokens for hypothesis in whole] == [hypothesis.tokens for hypothesis in alone]
        for left, right in zip(whole, alone, strict=True):
            np.testing.assert_allclose(left.token_scores, right.token_scores, atol=1e-5)
            np.testing.assert_allclose(left.attention, right.attention, atol=1e-5)
            assert left.attention.shape == (len(left.token_scores), len(source))


def with_padding(source: Source, more: int) -> Source:
    """The same, encoded in a batch that was wider by some positions, in which anything may stand."""
    memory = {
        name: np.pad(
            array, [(0, 0), (0, more), *[(0, 0)] * (array.ndim - 2)], constant_values=0.0 if name == "mask" else 9.0
        )
        for name, array in source.encoded.memory.items()
    }
    return source._replace(encoded=Encoded(memory, source.encoded.states))


@pytest.mark.parametrize("options", SEARCHES)
def test_the_mask_says_which_positions_are_real(random_step, options):
    """Not the length of the memory, and not that of the source."""
    step = random_step(4, vocabulary=12)
    sources = encode_tokens(step, SOURCES)
    padded = [with_padding(source, place) for place, source in enumerate(sources)]
    assert [source.positions for source in padded] == [len(source) for source in SOURCES]
    for one, other in zip(
        search_encoded(step, sources, 12, options), search_encoded(step, padded, 12, options), strict=True
    ):
        for left, right in zip(one, other, strict=True):
            assert left.tokens == right.tokens
            np.testing.assert_allclose(left.attention, right.attention, atol=1e-6)


def test_a_source_has_a_length_of_its_own(random_step):
    """Sound has far more positions than its text has tokens."""
    step = random_step(0, vocabulary=12)
    (source,) = encode_tokens(step, [SOURCE])
    options = SearchOptions(min_ratio=3.0, max_ratio=3.0)
    for length in (1, 2, 5):
        (found,) = search_encoded(step, [source._replace(length=length)], 100, options)
        assert len(found[0].tokens) == 3 * length


@pytest.mark.parametrize("options", SEARCHES)
@pytest.mark.parametrize("seed", range(10))
def test_token_scores_are_the_models(random_step, seed, options):
    step = random_step(seed, vocabulary=12)
    for source, found in zip(SOURCES, search(step, SOURCES, 12, options), strict=True):
        for hypothesis in found:
            ended = len(hypothesis.token_scores) - len(hypothesis.tokens)
            tokens = hypothesis.tokens + [EOS] * ended
            assert ended in (0, 1) and EOS not in hypothesis.tokens
            np.testing.assert_allclose(hypothesis.token_scores, step.log_probabilities(source, tokens), atol=1e-4)
        assert [hypothesis.score for hypothesis in found] == sorted((h.score for h in found), reverse=True)


@settings(max_examples=400, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    beam=st.integers(2, 6),
    penalty=st.sampled_from(sorted(SCORES)),
    sharpness=st.floats(0.1, 4.0),
)
def test_a_beam_is_never_worse_than_greedy(random_step, seed, beam, penalty, sharpness):
    step = random_step(seed, vocabulary=12, sharpness=sharpness)
    greedy = search(step, SOURCES, 10, SearchOptions(length_penalty=penalty))
    wide = search(step, SOURCES, 10, SearchOptions(beam=beam, length_penalty=penalty))
    for [one], [other] in zip(greedy, wide, strict=True):
        assert other.score >= one.score - 1e-6


@settings(max_examples=600, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    ngram=st.integers(1, 3),
    prefix=st.lists(st.integers(4, 11), max_size=3),
    beam=st.sampled_from([1, 3]),
    least=st.integers(0, 6),
)
def test_blocking_prefix_and_lengths_hold(random_step, seed, ngram, prefix, beam, least):
    options = SearchOptions(beam=beam, n_best=beam, no_repeat_ngram=ngram, min_length=least, max_length=9)
    constraints = Constraints(prefix=tuple(prefix), suppressed=(7,))
    for found in search(random_step(seed, vocabulary=12), SOURCES[:2], 20, options, constraints):
        for tokens in (hypothesis.tokens for hypothesis in found):
            assert tokens[: len(prefix)] == prefix
            assert 7 not in tokens[len(prefix) :]
            assert least <= len(tokens) <= 9
            # What the prefix repeats is the person's wish.
            grams = [tuple(tokens[start : start + ngram]) for start in range(len(tokens) - ngram + 1)]
            later = grams[max(0, len(prefix) - ngram + 1) :]
            assert len(set(later)) == len(later) and not set(later) & set(grams[: len(grams) - len(later)])


@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=3)])
def test_a_prefix_that_is_too_long(random_step, options):
    with pytest.raises(UserError, match="prefix is longer than a translation may be: 2 tokens"):
        search(random_step(0), [SOURCE], 2, options, Constraints(prefix=(4, 5, 4)))


def test_ties_are_kept_in_order(random_step):
    """All sentences of one length are equally good."""
    step = random_step(0)
    step.projection[:] = 0
    found = search(step, [SOURCE], 2, SearchOptions(beam=40, n_best=30))[0]
    assert len(found) == 30
    assert len({round(hypothesis.score, 6) for hypothesis in found}) == 2


def test_groups_differ_more_than_a_beam(random_step):
    """With a large diversity no two groups begin with the same token."""
    options = SearchOptions(beam=4, n_best=4, groups=4, diversity=100.0)
    found = search(random_step(6, vocabulary=12), [SOURCE], 6, options)[0]
    assert len({tuple(hypothesis.tokens[:1]) for hypothesis in found}) == 4


def test_no_sentences(random_step):
    assert search(random_step(0), [], 5) == []
