"""Texts are divided where a reader would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.serve.sentences import Sentences


def texts(text: str, longest: int = 1000) -> list[str]:
    return Sentences(text, lambda sentence: len(sentence) <= longest).texts


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        ("Hola. ¿Qué tal?  Bien.", ["Hola.", "¿Qué tal?", "Bien."]),
        ("one\n  two \n\nthree", ["one", "two", "three"]),
        ("El Sr. García y J. Pérez.", ["El Sr. García y J. Pérez."]),
        ("It costs 3.50 at example.com today.", ["It costs 3.50 at example.com today."]),
        ('Dijo "sí." Luego se fue...', ['Dijo "sí."', "Luego se fue..."]),
        ("你好。世界！好", ["你好。", "世界！", "好"]),
        ("Привет! Как дела?", ["Привет!", "Как дела?"]),
    ],
)
def test_sentences(text, sentences):
    assert texts(text) == sentences


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("uno dos, tres cuatro", ["uno dos,", "tres cuatro"]),
        ("uno, dos tres cuatro", ["uno, dos", "tres cuatro"]),
        ("x" * 25, ["x" * 12, "x" * 13]),
    ],
)
def test_what_does_not_fit_is_divided_near_its_middle(text, parts):
    assert texts(text, longest=13) == parts


@given(st.text(alphabet='ab A.\n,。"¿)Sr\u2003', max_size=60), st.integers(1, 20))
def test_nothing_is_lost(text, longest):
    sentences = Sentences(text, lambda sentence: len(sentence) <= longest)
    assert sentences.join(sentences.texts) == text
    assert "".join(before + sentence for before, sentence in sentences.pairs()) == text
    assert all(sentence == sentence.strip() and 0 < len(sentence) <= longest for sentence in sentences.texts)


@pytest.mark.parametrize("text", [" " * 200_000, "a. " * 60_000, "x" * 200_000, "\n " * 100_000, ", " * 100_000])
def test_no_text_takes_long(text):
    """A hundred times what a request may have: what takes the square of that would take minutes."""
    sentences = Sentences(text, lambda sentence: len(sentence) <= 100)
    assert sentences.join(sentences.texts) == text
