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
