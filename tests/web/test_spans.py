"""Spans that are not translated, in JavaScript: the vectors of Python's tests, and random text beside Python."""

import json
import random
from pathlib import Path

from edge.spans import find_spans, own_text

VECTORS = Path(__file__).parents[1] / "edge" / "spans.json"
PIECES = [
    *"a1é .:/{}`<>%$@_-\\#€º(),!?\n你",
    "😀",
    "\u200d",
    "\ufe0f",
    "\ufdd3",
    "www.",
    ".com",
    "km",
    "12",
    "{x}",
    ": ",
]


def test_spans_are_those_of_python(node):
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    draw = random.Random(1)
    drawn = ["".join(draw.choices(PIECES, k=draw.randrange(30))) for _ in range(3000)]
    texts = [*(vector["text"] for vector in vectors), *drawn]
    found = node("spans.mjs", texts=texts)
    for vector, own in zip(vectors, found, strict=False):
        assert own["spans"] == vector["spans"], ascii(vector["text"])
    for text, own in zip(texts, found, strict=True):
        spans = find_spans(text)
        assert own["spans"] == [[text[span.start : span.end], span.kind] for span in spans], ascii(text)
        start, end = own_text(text, spans)
        assert own["own"] == text[start:end], ascii(text)
