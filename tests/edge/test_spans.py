"""Spans that are not translated, by vectors that the tests of `web/` share."""

import json
import random
from pathlib import Path

import pytest

from edge.spans import find_spans, own_text

VECTORS = json.loads((Path(__file__).parent / "spans.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: ascii(vector["text"][:20]))
def test_vectors(vector):
    text = vector["text"]
    spans = find_spans(text)
    assert [[text[span.start : span.end], span.kind] for span in spans] == vector["spans"]
    masked, end = "", 0
    for number, span in enumerate(spans):
        masked += text[end : span.start] + chr(0xFDD0 + number)
        end = span.end
    assert masked + text[end:] == vector["masked"]


def test_spans_do_not_overlap_whatever_the_text_is():
    draw = random.Random(1)
    characters = "a1 .:/{}`<>%$@_-\\#€º(),\n😀\u200d\ufe0f\ufdd3"
    for _ in range(1000):
        text = "".join(draw.choices(characters, k=draw.randrange(40)))
        end = 0
        for span in find_spans(text):
            assert end <= span.start < span.end <= len(text)
            end = span.end


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("{name}: Hola.", "Hola."),
        ("12: {x}: Hola.", "Hola."),
        ("{name} vive aquí.", "{name} vive aquí."),
        ("Hola, {name}: ven.", "Hola, {name}: ven."),
        ("😀 Hola. 🎉", "Hola."),
        ("Hola 🎉", "Hola 🎉"),
        ("10:30", "10:30"),
    ],
)
def test_spans_that_punctuation_parts_from_a_text(text, own):
    start, end = own_text(text, find_spans(text))
    assert text[start:end].strip() == own
