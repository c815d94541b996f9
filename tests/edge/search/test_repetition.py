"""What counts as a repetition; all numbers are counted by hand."""

import pytest

from edge.encoding import encode_tokens
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.repetition import can_repeat, frequencies, in_a_row, repeats, too_frequent, words
from edge.search.search import search
from edge.tokenizer import EOS


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("", (0, 0, 0, 0)),
        ("a", (1, 0, 0, 0)),
        ("a b a c a d a e", (1, 1, 1, 1)),
        ("a a a a", (4, 3, 2, 1)),
        ("a b a b a b a b", (1, 4, 3, 3)),
        ("a b c d a b c e a b", (1, 3, 2, 1)),
        ("b a a c a a a", (3, 3, 1, 1)),
    ],
)
def test_frequencies(units, expected):
    assert frequencies(units.split()) == expected


@pytest.mark.parametrize(
    ("units", "expected"),
    [
        ("", 0),
        ("a", 1),
        ("a b c", 1),
        ("a a b a", 2),
        ("a b a b a", 2),
        ("x a b a b a b y", 3),
        ("a b c a b c", 2),
        ("a b c a b d a b e a b", 1),
        ("a a a b a a a b", 3),
    ],
)
def test_in_a_row(units, expected):
    assert in_a_row(units.split()) == expected


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ("x", "a", False),
        ("x", "a a a", False),
        ("x", "a a a a", True),
        ("x", "a b a b", False),
        ("x y", "a b a b a b", False),
        ("x", "a b a b a b", True),
        ("x y", "a b a b a b a b", True),
        ("x y x y", "a b a b a b a b", False),
        ("x x x x x x", "a a a a a a a a", False),
        ("x x x x x x", "a a a a a a a a a", True),
        # Articles and commas, however many.
        ("x y z", "the a the b the c the d the e", False),
        # A clause of six words, five times: its parts are as frequent.
        ("x y z x y z", " ".join(["a b c d e f"] * 5), True),
        ("", "", False),
        ("", "a a a", True),
    ],
)
def test_repeats(source, target, expected):
    assert repeats(source.split(), target.split(), 2) is expected
    if expected:
        assert can_repeat([ord(unit[0]) for unit in target.split()], 2)


def test_words():
    begins = [True, False, True]
    assert words([2, 1, 1, 0, 2, 1], begins) == [(2, 1, 1), (0,), (2, 1)]
    assert words([1, 0], begins) == [(1,), (0,)] and words([], begins) == []


@pytest.mark.parametrize(
    ("tokens", "most", "expected"),
    [
        ([], (1, 1), set()),
        ([5], (1,), {5}),
        ([5, 5], (3,), set()),
        ([5, 5, 5], (3,), {5}),
        ([6, 5, 5], (2, 9), {5}),
        ([5, 6, 5], (9, 1), {6}),
        ([5, 6, 5], (9, 2), set()),
        ([5, 6, 5, 7, 5], (9, 1), {6, 7}),
        ([5, 6, 5, 6, 5], (9, 2), {6}),
        ([5, 6, 7, 5, 6], (9, 9, 1), {7}),
        ([5, 6, 7, 4, 6], (9, 9, 1), set()),
    ],
)
def test_tokens_that_would_be_too_frequent(tokens, most, expected):
    assert too_frequent(tokens, most) == expected


@pytest.mark.parametrize("options", [SearchOptions(), SearchOptions(beam=4, n_best=4), SearchOptions(temperature=2.0)])
@pytest.mark.parametrize("seed", range(8))
def test_the_search_keeps_to_it(random_step, options, seed):
    step = random_step(seed, vocabulary=7)
    encoded = encode_tokens(step, [[4, 5, EOS]])
    for hypothesis in search(step, encoded, 24, options, Constraints(repeats=(2, 2, 1)))[0]:
        counted = frequencies(hypothesis.tokens)
        assert counted[0] <= 2 and counted[1] <= 2 and counted[2] <= 1
