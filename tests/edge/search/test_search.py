"""The search against every sentence there is, against itself one sentence at a time, and on thousands of models."""

from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.encoding import encode_tokens
from edge.errors import UserError
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.paths import Paths
from edge.search.required import Progress, _guide
from edge.search.search import follow as follow_encoded
from edge.search.search import search as search_encoded
from edge.search.step import Encoded, Hypothesis, Source
from edge.tokenizer import EOS

SOURCE = [4, 5, EOS]
SOURCES = [[4, 5, EOS], [7, EOS], [8, 9, 10, 4, EOS], [EOS], [4, 4, 6, EOS]]
SCORES = {
    "none": lambda log_probability, length: log_probability,
    "wu": lambda log_probability, length: log_probability / ((5 + length) / 6) ** 0.6,
    "average": lambda log_probability, length: log_probability / length,
}
SEARCHES = [
    SearchOptions(),
    SearchOptions(beam=3, n_best=3),
    SearchOptions(beam=4, n_best=2, length_penalty="average", coverage_penalty=0.2),
    SearchOptions(beam=4, n_best=4, groups=2),
    SearchOptions(temperature=1.0, n_best=3, seed=5),
    SearchOptions(temperature=0.7, n_best=2, top_k=5, top_p=0.9),
    SearchOptions(beam=3, no_repeat_ngram=2, min_length=4, max_ratio=3.0),
]


def search(step, sources: Sequence[Sequence[int]], *arguments: object) -> list[list[Hypothesis]]:
    return search_encoded(step, encode_tokens(step, sources), *arguments)


def follow(step, sources: Sequence[Sequence[int]], *arguments: object) -> Iterator[Paths]:
    return follow_encoded(step, encode_tokens(step, sources), *arguments)


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


def test_samples_depend_on_the_seeds_and_on_nothing_else(random_step):
    step, options = random_step(5, vocabulary=12), SearchOptions(temperature=1.0, n_best=8, seed=3)
    (source,) = encode_tokens(step, [SOURCE])
    others = encode_tokens(step, SOURCES)

    def drawn(*sources: Source) -> list[list[int]]:
        return [hypothesis.tokens for hypothesis in search_encoded(step, sources, 12, options)[0]]

    assert drawn(source) == drawn(source, *others) == drawn(source._replace(seed=tuple(SOURCE)))
    assert drawn(source) != drawn(source._replace(seed=(7,)))


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


def appears(phrase: tuple[int, ...], tokens: list[int]) -> bool:
    return any(tuple(tokens[start : start + len(phrase)]) == phrase for start in range(len(tokens)))


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


@pytest.mark.parametrize("options", SEARCHES)
@pytest.mark.parametrize("seed", range(5))
def test_a_full_vocabulary_is_no_shortlist(random_step, short_step, seed, options):
    whole = search(random_step(seed, vocabulary=12), SOURCES, 12, options)
    short = search(short_step(seed, 12, range(12)), SOURCES, 12, options)
    for one, other in zip(whole, short, strict=True):
        assert [hypothesis.tokens for hypothesis in one] == [hypothesis.tokens for hypothesis in other]


@pytest.mark.parametrize("options", SEARCHES)
@pytest.mark.parametrize("suppressed", [(), (10,), (5, 11)])
def test_a_shortlist_is_the_vocabulary(random_step, short_step, options, suppressed):
    """The same as suppressing everything else, but for the scores, which are of what is left."""
    listed = [0, 1, 2, 3, 5, 6, 8]
    rest = tuple(token for token in range(12) if token not in listed)
    step = short_step(3, 12, listed)
    for found in search(step, SOURCES, 12, options, Constraints(suppressed=suppressed)):
        for hypothesis in found:
            assert set(hypothesis.tokens) <= set(listed) - set(suppressed)
    if not options.temperature:
        plain = SearchOptions()
        short = search(step, SOURCES, 12, plain, Constraints(suppressed=suppressed))
        whole = search(random_step(3, vocabulary=12), SOURCES, 12, plain, Constraints(suppressed=rest + suppressed))
        assert [found[0].tokens for found in short] == [found[0].tokens for found in whole]


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


def test_required_phrases_that_do_not_fit(random_step):
    with pytest.raises(UserError, match="have 5 tokens, of 4 at most"):
        search(random_step(0), [SOURCE], 4, SearchOptions(beam=2), Constraints(required=((4, 5), (4, 5, 4))))
    with pytest.raises(UserError, match="beam of 2 or more"):
        search(random_step(0), [SOURCE], 4, SearchOptions(), Constraints(required=((4, 5),)))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_samples_have_the_models_distribution(random_step, temperature):
    """Chi-square of 4,000 first tokens and of the second ones after the most frequent first one."""
    step, draws = random_step(3, sharpness=1.0), 4000
    found = search(step, [SOURCE], 2, SearchOptions(temperature=temperature, n_best=draws, seed=1))[0]
    tokens = [(*hypothesis.tokens, EOS)[:2] for hypothesis in found]
    first = np.bincount([token[0] for token in tokens], minlength=6)
    assert chi_square(first, [step.log_probabilities(SOURCE, [token])[0] for token in range(6)], temperature) < LIMIT
    common = int(np.argmax(np.where(np.arange(6) == EOS, 0, first)))
    second = np.bincount([token[1] for token in tokens if token[0] == common], minlength=6)
    expected = [step.log_probabilities(SOURCE, [common, token])[1] for token in range(6)]
    assert chi_square(second, expected, temperature) < LIMIT


# The value that chi-square with five degrees of freedom passes once in a thousand.
LIMIT = 20.5


def chi_square(counts: np.ndarray, log_probabilities: list[float], temperature: float) -> float:
    weights = np.exp(np.array(log_probabilities) / temperature)
    expected = counts.sum() * weights / weights.sum()
    return float(((counts - expected) ** 2 / expected).sum())


def test_top_k_and_top_p_cut_the_tail(random_step):
    step = random_step(4, sharpness=1.0)
    probabilities = np.exp([step.log_probabilities(SOURCE, [token])[0] for token in range(6)])
    ranked = np.argsort(-probabilities)

    def drawn(**options: float) -> set[int]:
        found = search(step, [SOURCE], 1, SearchOptions(temperature=1.0, n_best=3000, **options))[0]
        return {(*hypothesis.tokens, EOS)[0] for hypothesis in found}

    assert drawn(top_k=1) == set(ranked[:1].tolist())
    assert drawn(top_k=3) == set(ranked[:3].tolist())
    share = float(probabilities[ranked[:3]].sum())
    assert drawn(top_p=share - 1e-3) == set(ranked[:3].tolist())
    assert drawn(top_p=share + 1e-3) == set(ranked[:4].tolist())
    assert drawn(top_p=1e-6) == set(ranked[:1].tolist())


def test_a_seed_repeats_and_another_one_differs(random_step):
    def texts(seed: int) -> list[list[int]]:
        options = SearchOptions(temperature=1.0, n_best=20, seed=seed)
        return [hypothesis.tokens for hypothesis in search(random_step(5), [SOURCE], 12, options)[0]]

    assert texts(1) == texts(1) != texts(2)


def test_groups_differ_more_than_a_beam(random_step):
    """With a large diversity no two groups begin with the same token."""
    options = SearchOptions(beam=4, n_best=4, groups=4, diversity=100.0)
    found = search(random_step(6, vocabulary=12), [SOURCE], 6, options)[0]
    assert len({tuple(hypothesis.tokens[:1]) for hypothesis in found}) == 4


@pytest.mark.parametrize("options", [*SEARCHES, SearchOptions(beam=4), SearchOptions(beam=4, groups=2)])
def test_what_is_decided_only_grows_and_ends_as_the_result(random_step, options):
    early = 0
    for seed in range(8):
        step, told = random_step(seed, vocabulary=12), []
        for paths in follow(step, [SOURCE], 12, options):
            if paths.sentences:
                decided = paths.decided(0)
                assert decided[: len(told)] == told
                told = decided
                early += bool(told) and not paths.ended[0]
        assert paths.results[0][0].tokens[: len(told)] == told
    # Sampled and different sentences have little in common.
    assert early or options.temperature or options.groups > 1


def test_nothing_is_decided_where_nothing_is_possible(random_step):
    impossible = Constraints(required=((4, 4),))
    options = SearchOptions(beam=2, no_repeat_ngram=1)
    steps = list(follow(random_step(1), [SOURCE], 8, options, impossible))
    assert steps[-1].results == {0: []}
    with pytest.raises(UserError, match="no translation of sentence 1 meets the constraints; use a larger --beam"):
        search(random_step(1), [SOURCE], 8, options, impossible)


def test_no_sentences(random_step):
    assert search(random_step(0), [], 5) == []
