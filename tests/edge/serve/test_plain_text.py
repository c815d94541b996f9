"""Where texts are divided, and what stays of their white space."""

import pytest

pytest.importorskip("fastapi")

from edge.bundle import read_bundle
from edge.components import open_components
from edge.serve.plain_text import FlowingText, PlainText, UndividedText

TEXT = " Uno dos. \n Tres\ncuatro.\n"


@pytest.fixture(scope="module")
def components(toy):
    return open_components(read_bundle(toy), 1, False)


@pytest.mark.parametrize(
    ("document", "pairs"),
    [
        (PlainText, [("", " "), ("Uno dos.", " \n "), ("Tres", "\n"), ("cuatro.", "\n")]),
        (FlowingText, [("", " "), ("Uno dos.", " \n "), ("Tres cuatro.", "\n")]),
        (UndividedText, [("Uno dos.   Tres cuatro.", "")]),
    ],
)
def test_segments(components, document, pairs):
    assert [(segment.text, segment.gap) for segment in document(TEXT, components).segments] == pairs


def test_a_text_that_is_too_long_for_the_model_is_divided_and_keeps_its_line_ends(components):
    text = f"{'uno ' * 200}uno.\nDos dos."
    segments = UndividedText(text, components).segments
    assert len(segments) > 1 and "".join(segment.text + segment.gap for segment in segments) == text


@pytest.mark.parametrize("text", ["", " ", "\n \n"])
def test_white_space_alone(components, text):
    for document in (PlainText, FlowingText, UndividedText):
        read = document(text, components)
        assert not any(segment.tokens for segment in read.segments)
    assert UndividedText(text, components).segments[0].text == ""
