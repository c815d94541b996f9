"""Tags in translations whose word alignment is known."""

import html

import numpy as np
import pytest

from edge.markup_placement import Mark, place_marks
from edge.markup_tokens import Kind, read_tokens
from edge.translation import Translation


def place(source: str, target: str, aligned: list[list[int]] | None) -> str:
    """The translation of a text with tags; words and commas are tokens.

    Args:
        source: with tags.
        target: the translation.
        aligned: indices of the source tokens of each target token; [] is EOS. None: the model has no attention.
    """
    text, marks = "", []
    for token in read_tokens(source):
        if token.kind is Kind.TEXT:
            text += token.source
        else:
            marks.append(Mark(token.kind, token.source, len(text)))
    read, written = _tokens(text), _tokens(target)
    attention = None
    if aligned is not None:
        attention = np.zeros((len(written) + 1, len(read) + 1), np.float32)
        attention[-1, -1] = 1
        for row, columns in zip(attention, aligned, strict=False):
            row[columns or [-1]] = 1 / max(1, len(columns))
    translation = Translation(target, 0.0, [*read, "</s>"], [*written, "</s>"], [], attention)
    return place_marks(text, read, marks, translation, html.escape)


def _tokens(text: str) -> list[str]:
    return [word if word == "," else f"▁{word}" for word in text.replace(",", " ,").split()]


@pytest.mark.parametrize(
    ("source", "target", "aligned", "expected"),
    [
        ("el coche <b>rojo</b>", "the red car", [[0], [2], [1]], "the <b>red</b> car"),
        ("<b>uno</b> <i>dos</i>", "two one", [[1], [0]], "<i>two</i> <b>one</b>"),
        ("<a>uno <b>dos</b></a> tres", "three two one", [[2], [1], [0]], "three <a><b>two</b> one</a>"),
        # One to many, many to one.
        ("ve <b>dámelo</b>", "go give it to me", [[0], [1], [1], [1], [1]], "go <b>give it to me</b>"),
        ("<b>por favor</b> ve", "please go", [[0, 1], [2]], "<b>please</b> go"),
        # A word within that comes from elsewhere belongs to the larger part, or is taken along.
        ("x <b>a b c</b>", "a x b c", [[1], [0], [2], [3]], "a x <b>b c</b>"),
        ("x <b>a b c</b>", "a b x c", [[1], [2], [0], [3]], "<b>a b</b> x c"),
        ("x <b>a b</b>", "a of b x", [[1], [], [2], [0]], "<b>a of b</b> x"),
        # Its word was not translated, or went into that of a neighbour.
        ("<b>el</b> coche", "car", [[0, 1]], "<b>car</b>"),
        ("<b>uno</b> <i>dos</i>", "both", [[0, 1]], "<i></i><b>both</b>"),
        # The other end is in another sentence.
        ("uno</b> dos <i>tres", "one two three", [[0], [1], [2]], "one</b> two <i>three"),
        ("<i>x</i> uno</b> dos", "one x two", [[1], [0], [2]], "one <i>x</i></b> two"),
        ("uno <i>dos <b>tres", "three two one", [[2], [1], [0]], "<i>three two one<b>"),
        # Single elements and comments.
        ("uno <img> dos", "one two", [[0], [1]], "one <img> two"),
        ("uno <img>, dos", "one, two", [[0], [1], [2]], "one <img>, two"),
        ("uno <img> dos", "two one", [[1], [0]], "<img> two one"),
        ("uno <!-- c --> dos", "one two", [[0], [1]], "one <!-- c -->two"),
        ("uno<!-- c --> dos", "one two", [[0], [1]], "one<!-- c --> two"),
        ("<b>uno <img> dos</b> tres", "three one two", [[2], [0], [1]], "three <b>one <img> two</b>"),
        ("uno <b></b> dos", "one two", [[0], [1]], "one <b></b>two"),
        # White space within tags.
        ("uno<b> dos</b>", "one two", [[0], [1]], "one<b> two</b>"),
        ("<b>uno </b>dos", "one two", [[0], [1]], "<b>one </b>two"),
        # What is no tag is escaped.
        ("a <b>&</b> b", "a & b", [[0], [1], [2]], "a <b>&amp;</b> b"),
        ("<b>uno</b> dos", "", [], "<b></b>"),
    ],
)
def test_by_alignment(source, target, aligned, expected):
    assert place(source, target, aligned) == expected


def test_punctuation_stays_outside():
    assert place("uno, <b>dos</b>, tres", "one, two, three", [[0], [1], [2], [3], [4]]) == "one, <b>two</b>, three"


def test_without_attention_by_position():
    assert place("<b>uno</b> dos tres cuatro", "one two three four", None) == "<b>one</b> two three four"
    assert place("uno dos <b>tres cuatro</b>", "one two", None) == "one <b>two</b>"
    assert place("uno <img> dos", "one of these two", None) == "one of <img> these two"


def test_nesting_as_deep_as_it_comes():
    source = "<b>" * 2000 + "uno" + "</b>" * 2000 + " dos"
    assert place(source, "two one", [[1], [0]]) == "two " + "<b>" * 2000 + "one" + "</b>" * 2000
    source = "".join(f"<b>{word}" for word in ["uno "] * 100) + "</b>" * 100
    found = place(source, "one two", None)
    assert found.count("<b>") == found.count("</b>") == 100
