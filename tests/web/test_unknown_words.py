"""Words with unknown characters in JavaScript: the same are copied as by `edge.unknown_words`, to the same places."""

import random

import numpy as np

from edge.reader import Segment
from edge.stand_ins import Carried
from edge.tokenizer import UNK, Tokenizer
from edge.translation import Translation
from edge.unknown_words import copy_unknown
from tests.web.conftest import EDGE

WORDS = [
    "uno",
    "dos",
    "tres",
    "Łukasz",
    "ŁŽĐ",
    "łuno",
    "«dos»",
    "İstanbul",
    "ΣΑΣ",
    "ßÆ",
    "27",
    "٣",
    "😀",
    "😀，",
    "a😀b",
    "東京",
]
WORDS += ["unoŁ😀", "東京uno", "¡¿", "Đo.", "é́", "𝒳uno", "𐐀x", "ǅ", "x\u2028y", "\x1cdos", "ไทย", "\ufdd0"]


def test_the_same_is_copied_as_by_python(node):
    """Random words, tokens and attention: sharp and flat, and none."""
    model = EDGE / "toy_bundle" / "source.model"
    tokenizer, draw, numbers = Tokenizer(model), random.Random(1), np.random.default_rng(1)
    given, expected = [], []
    for number in range(600):
        # Known words around them: of words in one UNK token, rounding alone decides which is in the middle.
        text = " ".join(["uno", *draw.choices(WORDS, k=draw.randrange(1, 8)), "dos"])
        carried = tuple(Carried("\ufdd0", "{x}", place) for place in [text.find("\ufdd0")] if place >= 0)
        segment = Segment(text, "", True, tuple(tokenizer.encode(text)), carried=carried)
        ids = [UNK if draw.random() < 0.3 else draw.randrange(4, len(tokenizer)) for _ in range(draw.randrange(10))]
        tokens = tokenizer.tokens([*ids, *[3] * draw.randrange(2)])
        attention = None
        if number % 4:
            logits = numbers.normal(size=(len(tokens), len(segment.tokens))) * [1, 4, 16][number % 3]
            attention = (np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)).astype(np.float32)
        scores = [draw.choice([-0.1, -0.5, -2.0]) for _ in tokens]
        translation = Translation(tokenizer.decode(ids), -1.0, [], tokens, scores, attention)
        expected.append(copy_unknown(segment, translation, tokenizer, tokenizer))
        fields = {"text": translation.text, "target": tokens, "tokenScores": scores}
        rows = None if attention is None else attention.tolist()
        # Places in JavaScript are of UTF-16.
        places = [len(text[: each.place].encode("utf-16-le")) // 2 for each in carried]
        names = [{"standIn": each.stand_in, "text": each.text} for each in carried]
        masks = [{**name, "place": place} for name, place in zip(names, places, strict=True)]
        given.append({"text": text, "carried": masks, "translation": {**fields, "attention": rows}})
    found = node("copy_unknown.mjs", model=str(model), cases=given)
    for asked, mine, theirs in zip(given, expected, found, strict=True):
        assert [theirs["text"], theirs["target"]] == [mine.text, mine.target_tokens], ascii(asked)
        assert theirs["tokenScores"] == mine.token_scores
        if mine.attention is None or not len(mine.attention):
            assert not theirs["attention"]
        else:
            np.testing.assert_allclose(theirs["attention"], mine.attention, rtol=1e-6)
    assert sum(mine.text != asked["translation"]["text"] for mine, asked in zip(expected, given, strict=True)) > 400
