import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.sentences import split


@pytest.mark.parametrize(
    "text, longest, parts",
    [
        ("One two. Three!  Four?", 12, [("One two.", " "), ("Three!", "  "), ("Four?", "")]),
        ("A line\n\n- another one. Yes", 14, [("A line", "\n\n"), ("- another one.", " "), ("Yes", "")]),
        ('"Go away." He went.', 12, [('"Go away."', " "), ("He went.", "")]),
        ("我来了。你呢？好。", 4, [("我来了。", ""), ("你呢？", ""), ("好。", "")]),
        ("first of all, that; and this", 13, [("first of all,", " "), ("that;", " "), ("and this", "")]),
        ("one two three four", 8, [("one two", " "), ("three", " "), ("four", "")]),
        ("abcdefghij", 4, [("ab", ""), ("cde", ""), ("fg", ""), ("hij", "")]),
        ("El Sr. García y J. Pérez. Yo", 25, [("El Sr. García y J. Pérez.", " "), ("Yo", "")]),
        ("Привет! Как дела?", 12, [("Привет!", " "), ("Как дела?", "")]),
        (" \n One.  Two. \n", 5, [("", " \n "), ("One.", "  "), ("Two.", " \n")]),
        ("", 5, [("", "")]),
        # A number is no sentence's end.
        ("It is 3.14 or so.", 10, [("It is 3.14", " "), ("or so.", "")]),
    ],
)
def test_places_where_text_is_parted(text, longest, parts):
    assert split(text, lambda part: len(part) <= longest) == parts


@given(st.text(alphabet=st.sampled_from("ab .,!?\n\t。、»\"'\u2003é")), st.integers(1, 12))
def test_the_parts_fit_and_are_the_text(text, longest):
    parts = split(text, lambda part: len(part) <= longest)
    assert "".join(part + gap for part, gap in parts) == text
    assert all(len(part) <= longest for part, _ in parts)
    assert not any(gap.strip() for _, gap in parts)


@pytest.mark.parametrize("piece", [" ", "a. ", "x ", "x", "\n ", ", ", "。"])
def test_no_text_takes_long(piece):
    """What looked at the rest of a text again for each part of it would take minutes, or go too deep."""
    parts = split(piece * 100_000, lambda part: len(part) <= 100)
    assert "".join(part + gap for part, gap in parts) == piece * 100_000
