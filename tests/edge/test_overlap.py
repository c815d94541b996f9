import pytest

from edge.overlap import join_overlap
from edge.spoken_words import SpokenWord


def words(text: str, start: float, step: float = 0.5) -> list[SpokenWord]:
    """A word every `step` seconds; its characters are its tokens."""
    return [
        SpokenWord(tuple(map(ord, word)), (0.0,) * len(word), start + step * place, start + step * place + 0.8 * step)
        for place, word in enumerate(text.split())
    ]


def joined(before: list[SpokenWord], after: list[SpokenWord], start: float, end: float) -> str:
    kept = [word for part in join_overlap(before, after, start, end) for word in part]
    return " ".join("".join(map(chr, word.tokens)) for word in kept)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param("a b c d e", "c d e f g", "a b c d e f g", id="alike"),
        pytest.param("a b c d x", "c d e f g", "a b c d e f g", id="the last word was cut"),
        pytest.param("a b c d e", "y d e f g", "a b c d e f g", id="the first word was cut"),
        pytest.param("a b c d x", "y d e f g", "a b c d e f g", id="both were cut"),
        pytest.param("a b c d", "c d e f g", "a b c d e f g", id="one heard no more"),
        pytest.param("a b a b a", "a b a b a", "a b a b a b a", id="repetitions are told apart by their times"),
        pytest.param("a b u v w", "x y z f g", "a b u v z f g", id="nothing alike"),
        pytest.param("", "c d e f g", "c d e f g", id="nothing before"),
        pytest.param("a b c d e", "", "a b c d e", id="nothing after"),
    ],
)
def test_words(before, after, expected):
    # Words begin at 0, 0.5, 1, ...; the later phrase begins at 1 s, the earlier one ends at 2.5 s.
    assert joined(words(before, 0.0), words(after, 1.0), 1.0, 2.5) == expected


@pytest.mark.parametrize("shift", [-0.3, -0.1, 0.1, 0.3])
def test_times_that_differ(shift):
    assert joined(words("a b c d e", 0.0), words("c d e f g", 1.0 + shift), 1.0, 2.5) == "a b c d e f g"


def test_a_word_that_was_heard_differently_is_there_once():
    """Its middle is on the one side of the overlap's middle in the one phrase, and on the other in the other."""
    before = [*words("a b c", 0.0), SpokenWord((1,), (0.0,), 1.5, 1.95)]
    after = [SpokenWord((2,), (0.0,), 1.6, 2.0), *words("f g", 2.5)]
    kept, rest = join_overlap(before, after, 1.0, 2.5)
    assert kept == before and rest == after[1:]
