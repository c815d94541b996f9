"""Prefix scores against the sum over all paths."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.search.ctc import PrefixScores
from edge.tokenizer import BOS, EOS, PAD, UNK


def test_a_case_by_hand():
    """Two positions, one letter: a a, a -, - a are `a`; - - is nothing."""
    scores = PrefixScores([np.log(np.array([[0.6, 0, 0, 0, 0.4], [0.3, 0, 0, 0, 0.7]]) + 1e-300)], 1)
    (first,) = scores.scores()
    np.testing.assert_allclose(np.exp(first[[EOS, 4]]), [0.18, 0.82], rtol=1e-12)
    assert np.isneginf(first[[PAD, BOS]]).all()
    scores.advance(None, np.array([4]))
    (second,) = scores.scores()
    # Nothing more can come: a second `a` would need a blank between. `UNK` is as improbable as may be.
    np.testing.assert_allclose(second[[EOS, UNK, 4]], [0.0, np.log(1e-300), np.log(1e-300)], atol=1e-12)


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    positions=st.lists(st.integers(0, 5), min_size=1, max_size=3),
    width=st.integers(1, 3),
    sharpness=st.floats(0.1, 10.0),
)
def test_prefix_scores_are_those_of_all_paths(ctc_paths, random_ctc, seed, positions, width, sharpness):
    """Sources of different lengths, parents in any order, sources that are dropped, hypotheses that cannot be."""
    random = np.random.default_rng(seed)
    ctc = [random_ctc(random, count, 6, sharpness) for count in positions]
    paths = [ctc_paths(one) for one in ctc for _ in range(width)]
    scores, written = PrefixScores(ctc, width), [[] for _ in paths]
    with np.errstate(all="raise", under="ignore"):
        for step in range(6):
            expected = [
                [path.score(tokens, token) for token in range(6)] for path, tokens in zip(paths, written, strict=True)
            ]
            np.testing.assert_allclose(scores.scores(), expected, atol=1e-5)
            parents = np.arange(len(paths)) // width * width + random.integers(0, width, len(paths))
            tokens = random.choice([UNK, 4, 5], len(paths))
            scores.advance(parents if step % 2 else None, tokens)
            written = [
                [*written[parent if step % 2 else row], int(token)]
                for row, (parent, token) in enumerate(zip(parents, tokens, strict=True))
            ]
            if step == 2 and len(positions) > 1:
                kept = np.arange(width, len(paths))
                scores.keep(kept)
                paths, written = [paths[row] for row in kept], [written[row] for row in kept]


@pytest.mark.parametrize("length", [50, 400])
def test_the_sum_over_a_text_is_its_probability(random_ctc, length):
    """Hundreds of positions, whose probabilities alone no number could hold: beside a plain loop over positions."""
    random = np.random.default_rng(length)
    ctc, text = random_ctc(random, length, 30), random.integers(4, 8, length // 2).tolist()
    scores, total = PrefixScores([ctc], 1), 0.0
    for token in [*text, EOS]:
        total += scores.scores()[0, token]
        scores.advance(None, np.array([token]))
    assert total == pytest.approx(log_probability(ctc.astype(np.float64), text), abs=1e-6)


def log_probability(ctc: np.ndarray, text: list[int]) -> float:
    """Of a text, by the forward algorithm as it is in Graves et al. (2006)."""
    states = [PAD, *(symbol for token in text for symbol in (token, PAD))]
    forward = np.full(len(states), -np.inf)
    forward[:2] = ctc[0, states[:2]]
    for row in ctc[1:]:
        before, forward = forward, forward.copy()
        for state, symbol in enumerate(states):
            ways = [before[state], before[state - 1] if state else -np.inf]
            if state > 1 and symbol not in (PAD, states[state - 2]):
                ways.append(before[state - 2])
            forward[state] = np.logaddexp.reduce(ways) + row[symbol]
    return float(np.logaddexp(*forward[-2:]))


def test_no_position_at_all():
    scores = PrefixScores([np.empty((0, 6), np.float32)], 2)
    assert scores.scores()[:, EOS].tolist() == [0, 0]
    scores.advance(np.array([1, 0]), np.array([4, 5]))
    assert scores.scores()[:, [UNK, EOS, 4]].tolist() == [[0] * 3] * 2


def test_other_control_symbols_do_not_count(random_ctc):
    """Whatever a network says of them, only the rest is scored."""
    ctc = random_ctc(np.random.default_rng(1), 5, 6)
    other = ctc.copy()
    other[:, [BOS, EOS]] = -0.1
    one, two = PrefixScores([ctc], 1), PrefixScores([other], 1)
    for token in (4, 4, 5):
        np.testing.assert_array_equal(one.scores(), two.scores())
        one.advance(None, np.array([token]))
        two.advance(None, np.array([token]))
