import numpy as np
import pytest

from edge.search.constraints import Constraints, mask
from edge.tokenizer import EOS

SPELLINGS = ("", "", "", "", "▁the", "▁th", "▁", "e", "us", "▁house", "▁ho", "▁cat")


def possible(constraints: Constraints, tokens: list[int], least: int = 0, ngram: int = 0) -> set[int]:
    logits = np.zeros((1, len(SPELLINGS)), np.float32)
    mask(logits, np.array([tokens], np.int64).reshape(1, -1), constraints, least, ngram)
    return set(np.flatnonzero(np.isfinite(logits[0])).tolist())


ALL = set(range(len(SPELLINGS)))


def test_without_constraints_all_is_possible():
    assert possible(Constraints(), [4, 5]) == ALL
    assert not Constraints() and Constraints(suppressed=(4,))


def test_a_prefix_forces_its_pieces_whatever_is_suppressed():
    constraints = Constraints(prefix=(4, 9), suppressed=(9, 11))
    assert possible(constraints, []) == {4}
    assert possible(constraints, [4], least=5) == {9}
    assert possible(constraints, [4, 9]) == ALL - {9, 11}


@pytest.mark.parametrize(
    ("rest", "tokens", "expected"),
    [
        ("▁hou", [], {9, 10}),
        ("▁hou", [10], {8}),
        ("▁hou", [9], ALL),
        ("▁", [], {EOS, 4, 5, 6, 9, 10, 11}),
        ("▁the", [5], {7}),
        ("▁the", [5, 7], ALL),
        ("q", [], set()),
        # `e` cannot follow, as no piece has what is left.
        ("▁thez", [], set()),
    ],
)
def test_the_rest_of_a_prefix_is_completed_by_any_pieces_that_fit(rest, tokens, expected):
    texts = {piece: text for piece, text in enumerate(SPELLINGS) if text}
    constraints = Constraints(rest=rest, spellings=texts)
    # `▁ho` leaves a `u`, which `us` completes; nothing completes what `▁` leaves.
    assert possible(constraints, tokens) == expected


@pytest.mark.parametrize(
    ("tokens", "ngram", "impossible"),
    [
        ([4, 5, 6], 1, {4, 5, 6}),
        ([4, 5, 6, 4], 2, {5}),
        ([4, 5, 4, 6, 4], 2, {5, 6}),
        ([4, 5, 6, 4, 5], 3, {6}),
        ([4, 5, 6, 5, 4], 3, set()),
        ([4], 3, set()),
        ([], 1, set()),
    ],
)
def test_no_sequence_twice(tokens, ngram, impossible):
    assert possible(Constraints(), tokens, ngram=ngram) == ALL - impossible


def test_the_end_comes_late_enough():
    assert possible(Constraints(), [4, 5], least=3) == ALL - {EOS}
    assert possible(Constraints(), [4, 5], least=2) == ALL


def test_where_nothing_is_possible_the_sentence_ends():
    everything = tuple(ALL)
    assert possible(Constraints(suppressed=everything), [4], least=9) == {EOS}


def test_a_required_phrase_ends_a_word():
    """`house` and `the` + `us`: after them no token comes that continues a word, unless it continues a phrase."""
    constraints = Constraints(required=((9,), (4, 8), (9, 7)), continuing=frozenset({7, 8}))
    assert possible(constraints, [11]) == ALL
    assert possible(constraints, [4, 8]) == ALL - {7, 8}
    assert possible(constraints, [11, 9]) == ALL - {8}
    assert possible(constraints, [4]) == ALL
    assert possible(Constraints(required=((9,),)), [9]) == ALL
