"""Forced alignment against the best of all paths."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.search.ctc_alignment import align
from edge.search.ctc_greedy import greedy
from edge.tokenizer import PAD


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), positions=st.integers(1, 6), tokens=st.lists(st.sampled_from([1, 4, 5]), max_size=4))
def test_finds_the_best_of_all_paths(random_ctc, seed, positions, tokens):
    ctc = random_ctc(np.random.default_rng(seed), positions, 6)
    scores = {}
    for path in itertools.product([PAD, 1, 4, 5], repeat=positions):
        runs = [(token, len(list(run))) for token, run in itertools.groupby(path)]
        if [token for token, _ in runs if token != PAD] == tokens:
            ends = np.cumsum([length for _, length in runs]).tolist()
            bounds = [(end - length, end) for end, (token, length) in zip(ends, runs, strict=True) if token != PAD]
            scores[tuple(bounds)] = sum(float(row[token]) for row, token in zip(ctc, path, strict=True))
    if scores:
        assert align(ctc, tokens) == list(max(scores, key=scores.__getitem__))


def test_the_best_path_is_its_own_alignment():
    ctc = np.full((10, 6), -9.0, np.float32)
    path = [0, 4, 4, 5, 0, 5, 5, 5, 1, 0]
    ctc[np.arange(10), path] = -0.01
    assert align(ctc, greedy(ctc)) == [(1, 3), (3, 4), (5, 8), (8, 9)]
    assert align(ctc, []) == []


@pytest.mark.parametrize(
    ("positions", "tokens", "bounds"),
    [
        (4, [4, 5], [(0, 2), (2, 3)]),
        (3, [4, 4], [(0, 1), (2, 3)]),
        # Too few positions, one for the blank counted.
        (2, [4, 4], [(0, 1), (1, 2)]),
        (2, [4, 5, 4], [(0, 1), (0, 2), (1, 2)]),
        (0, [4], [(0, 0)]),
    ],
)
def test_too_few_positions_are_shared(positions, tokens, bounds):
    ctc = np.log(np.full((positions, 6), 1 / 6, np.float32))
    ctc[3:, PAD] = -0.01
    ctc[:2, 4] = -0.1
    assert align(ctc, tokens) == bounds
