"""The search with CTC: against every sentence there is, and together with everything else a search can be asked for."""

import itertools
from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.encoding import encode_tokens
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.penalties import length_penalty
from edge.search.search import follow, search
from edge.search.step import Encoded, Hypothesis, Source, Stepped
from edge.tokenizer import EOS

SOURCE = (4, 5, 4, 1)
SOURCES = [(4, 5, EOS), (7, EOS), (8, 9, 10, 4, EOS), (EOS,), (4, 4, 6, EOS)]
WEIGHTS = [0.3, 0.8, 1.0]
WORDS = (1, 4, 5)
SEARCHES = [
    SearchOptions(),
    SearchOptions(beam=3, n_best=3),
    SearchOptions(beam=4, n_best=2, length_penalty="average", coverage_penalty=0.2),
    SearchOptions(beam=4, n_best=4, groups=2, ctc_weight=0.6),
    SearchOptions(beam=3, no_repeat_ngram=2, min_length=2, max_ratio=2.0),
    SearchOptions(beam=3, n_best=3, ctc_weight=1.0),
]


def found(step, source: Sequence[int], limit: int, *arguments: object) -> list[Hypothesis]:
    return search(step, encode_tokens(step, [source]), limit, *arguments)[0]


def everything(
    step,
    source: Sequence[int],
    limit: int,
    options: SearchOptions,
    allowed: Callable[[list[int]], bool] = lambda _: True,
) -> list[tuple[float, list[int]]]:
    """Every sentence of at most `limit` tokens that is allowed, and its score; the best first."""
    whole = []
    for length in range(limit + 1):
        for tokens in map(list, itertools.product(WORDS, repeat=length)):
            if allowed(tokens):
                written = [*tokens, EOS][:limit]
                total = sum(step.joint_scores(source, written, options.ctc_weight))
                whole.append((total / length_penalty(len(written), options), tokens))
    return sorted(whole, key=lambda pair: -pair[0])


def check(hypotheses: list[Hypothesis], expected: list[tuple[float, list[int]]]) -> None:
    assert [hypothesis.tokens for hypothesis in hypotheses] == [tokens for _, tokens in expected]
    np.testing.assert_allclose([each.score for each in hypotheses], [score for score, _ in expected], atol=1e-4)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("penalty", ["none", "wu", "average"])
@pytest.mark.parametrize("seed", range(3))
def test_a_wide_beam_finds_what_enumeration_finds(ctc_step, seed, penalty, weight):
    step = ctc_step(seed)
    options = SearchOptions(beam=130, n_best=20, length_penalty=penalty, ctc_weight=weight)
    check(found(step, SOURCE, 4, options), everything(step, SOURCE, 4, options)[:20])


def repeats(tokens: list[int], size: int) -> bool:
    grams = [tuple(tokens[start : start + size]) for start in range(len(tokens) - size + 1)]
    return len(set(grams)) < len(grams)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize(
    ("settings", "constraints", "allowed"),
    [
        ({}, Constraints(prefix=(5, 5)), lambda tokens: tokens[:2] == [5, 5]),
        ({}, Constraints(suppressed=(4,)), lambda tokens: 4 not in tokens),
        ({"min_length": 2}, Constraints(), lambda tokens: len(tokens) >= 2),
        ({"no_repeat_ngram": 2}, Constraints(), lambda tokens: not repeats(tokens, 2)),
        ({}, Constraints(required=((1,), (4, 4))), lambda tokens: tokens in ([1, 4, 4], [4, 4, 1])),
        (
            {"max_length": 3},
            Constraints(prefix=(1,), suppressed=(5,)),
            lambda tokens: tokens[:1] == [1] and 5 not in tokens,
        ),
    ],
)
def test_so_it_does_with_constraints(ctc_step, settings, constraints, allowed, weight):
    step = ctc_step(5)
    limit = 3 if constraints.required else settings.pop("max_length", 4)
    options = SearchOptions(beam=130, n_best=20, length_penalty="none", ctc_weight=weight, **settings)
    check(found(step, SOURCE, limit, options, constraints), everything(step, SOURCE, limit, options, allowed)[:20])


@pytest.mark.parametrize("seed", range(5))
def test_ctc_alone_finds_its_most_probable_texts(ctc_step, seed):
    """Not the best path: the sum of all paths of a text."""
    step = ctc_step(seed)
    options = SearchOptions(beam=400, n_best=30, length_penalty="none", ctc_weight=1.0)
    texts = step.paths(SOURCE).texts.most_common(30)
    hypotheses = found(step, SOURCE, 5, options)
    assert [tuple(hypothesis.tokens) for hypothesis in hypotheses] == [text for text, _ in texts]
    np.testing.assert_allclose([each.score for each in hypotheses], np.log([mass for _, mass in texts]), atol=1e-4)


@pytest.mark.parametrize("beam", [1, 3])
def test_ctc_alone_says_what_the_decoder_rules_out(ctc_step, beam):
    class Mute(ctc_step):
        def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
            logits, *rest = super().step(token, encoded)
            return Stepped(np.where(np.arange(self.size) == EOS, logits, -np.inf), *rest)

    for seed in range(3):
        options = SearchOptions(beam=beam, ctc_weight=1.0)
        mute, other = (found(kind(seed), SOURCE, 5, options)[0] for kind in (Mute, ctc_step))
        assert (mute.tokens, mute.score) == (other.tokens, other.score) and mute.tokens
        (silent,) = found(Mute(seed), SOURCE, 5, SearchOptions(beam=beam))
        assert silent.tokens == [] and np.isfinite(silent.score)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("seed", range(5))
def test_greedy_search_takes_what_adds_most(ctc_step, seed, weight):
    step, tokens = ctc_step(seed), []
    while len(tokens) < 4 and EOS not in tokens:
        added = [step.joint_scores(SOURCE, [*tokens, token], weight)[-1] for token in (1, EOS, 4, 5)]
        tokens.append((1, EOS, 4, 5)[int(np.argmax(added))])
    (hypothesis,) = found(step, SOURCE, 4, SearchOptions(ctc_weight=weight))
    assert hypothesis.tokens == [token for token in tokens if token != EOS]


def with_padding(source: Source, more: int) -> Source:
    """The same, encoded in a batch that was wider by some positions, in which anything may stand."""
    encoded = source.encoded
    memory = {
        name: np.pad(
            array, [(0, 0), (0, more), *[(0, 0)] * (array.ndim - 2)], constant_values=0.0 if name == "mask" else 9.0
        )
        for name, array in encoded.memory.items()
    }
    ctc = np.pad(encoded.ctc, [(0, 0), (0, more), (0, 0)], constant_values=-0.5)
    return source._replace(encoded=Encoded(memory, encoded.states, ctc))


@pytest.mark.parametrize("options", SEARCHES)
@pytest.mark.parametrize("seed", range(6))
def test_sentences_of_a_batch_do_not_disturb_each_other(ctc_step, seed, options):
    """And what they add up to is what the decoder and all paths of CTC say."""
    step = ctc_step(seed, vocabulary=8)
    sources = encode_tokens(step, SOURCES)
    padded = [with_padding(source, place) for place, source in enumerate(sources)]
    for raw, whole, other, source in zip(
        SOURCES, search(step, sources, 12, options), search(step, padded, 12, options), sources, strict=True
    ):
        alone = search(step, [source], 12, options)[0]
        assert alone
        for one, *others in zip(alone, whole, other, strict=True):
            written = one.tokens + [EOS] * (len(one.token_scores) - len(one.tokens))
            np.testing.assert_allclose(one.token_scores, step.log_probabilities(raw, written), atol=1e-4)
            if not options.coverage_penalty:
                total = sum(step.joint_scores(raw, written, options.ctc_weight))
                assert one.score == pytest.approx(total / length_penalty(len(written), options), abs=1e-4)
            for same in others:
                assert same.tokens == one.tokens
                assert same.score == pytest.approx(one.score, abs=1e-5)
                np.testing.assert_allclose(same.token_scores, one.token_scores, atol=1e-5)


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 10**6), beam=st.integers(2, 6), weight=st.floats(0.01, 1.0), sharpness=st.floats(0.1, 4.0))
def test_a_beam_is_never_worse_than_greedy(ctc_step, seed, beam, weight, sharpness):
    step = ctc_step(seed, vocabulary=12, sharpness=sharpness)
    sources = encode_tokens(step, SOURCES)
    greedy = search(step, sources, 10, SearchOptions(ctc_weight=weight))
    wide = search(step, sources, 10, SearchOptions(beam=beam, ctc_weight=weight))
    for [one], [other] in zip(greedy, wide, strict=True):
        assert other.score >= one.score - 1e-6


@pytest.mark.parametrize("options", [SearchOptions(beam=3, ctc_weight=weight) for weight in WEIGHTS])
def test_what_is_asked_for_comes_even_if_there_are_too_few_positions(ctc_step, options):
    """Four positions, for five tokens or a text of which each repetition needs one more."""
    for seed in range(5):
        step = ctc_step(seed, vocabulary=8)
        (best, *_) = found(step, SOURCE, 12, options, Constraints(prefix=(4, 4, 4, 5, 6)))
        assert best.tokens[:5] == [4, 4, 4, 5, 6] and np.isfinite(best.score)
        (best, *_) = found(step, SOURCE, 12, options, Constraints(required=((5, 6), (4, 4, 4))))
        text = " ".join(map(str, best.tokens))
        assert "5 6" in text and "4 4 4" in text
        (best, *_) = found(step, SOURCE, 12, SearchOptions(min_length=7, ctc_weight=options.ctc_weight))
        assert len(best.tokens) >= 7


@pytest.mark.parametrize("options", SEARCHES)
def test_what_is_decided_only_grows_and_ends_as_the_result(ctc_step, options):
    for seed in range(6):
        step, told = ctc_step(seed, vocabulary=12), []
        for paths in follow(step, encode_tokens(step, SOURCES[:1]), 12, options):
            if paths.sentences:
                decided = paths.decided(0)
                assert decided[: len(told)] == told
                told = decided
        assert paths.results[0][0].tokens[: len(told)] == told


@pytest.mark.parametrize(
    "options",
    [
        SearchOptions(ctc_weight=0.0),
        SearchOptions(beam=3, n_best=3, ctc_weight=0.0),
        SearchOptions(temperature=1.0, n_best=3, seed=5),
    ],
)
def test_without_weight_and_where_tokens_are_drawn_it_does_not_count(ctc_step, random_step, options):
    for seed in range(3):
        one, other = ctc_step(seed, vocabulary=12), random_step(seed, vocabulary=12)
        for left, right in zip(
            search(one, encode_tokens(one, SOURCES), 12, options),
            search(other, encode_tokens(other, SOURCES), 12, options),
            strict=True,
        ):
            assert [(each.tokens, each.score) for each in left] == [(each.tokens, each.score) for each in right]


@pytest.mark.parametrize("options", SEARCHES)
def test_a_shortlist_is_for_both(ctc_step, options):
    """As good as suppressing the other tokens, for CTC alone; for the decoder what is left is more probable."""

    class Short(ctc_step):
        vocabulary = np.array([0, 1, 2, 3, 5, 6, 9], np.int32)

        def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
            logits, *rest = super().step(token, encoded)
            return Stepped(logits[:, self.vocabulary], *rest)

    for seed in range(3):
        short, whole = Short(seed, vocabulary=12), ctc_step(seed, vocabulary=12)
        rest = Constraints(suppressed=(4, 7, 8, 10, 11))
        listed = search(short, encode_tokens(short, SOURCES), 12, options)
        assert all(set(each.tokens) <= {1, 5, 6, 9} for hypotheses in listed for each in hypotheses)
        if options.ctc_weight == 1:
            suppressed = search(whole, encode_tokens(whole, SOURCES), 12, options, rest)
            assert [[each.tokens for each in one] for one in listed] == [
                [each.tokens for each in one] for one in suppressed
            ]
