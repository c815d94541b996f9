"""Segments that JavaScript reads beside Python's: splitting, text that is not translated, features."""

import random
import sys
import unicodedata
import warnings
from collections.abc import Sequence
from pathlib import Path

import pytest

from edge.reader import TextReader
from edge.tokenizer import Tokenizer
from edge.translation import join_texts
from edge.verbatim import INVISIBLE
from tests.web.test_tokenizer import ODD, TEXT, mixtures, train

SPLIT = [
    "One two. Three!  Four?",
    "A line\n\n- another one. Yes",
    '"Go away." He went. "Go away." he said.',
    "我来了。你呢？好。「行こう。」と言った。「い。」",
    "first of all, that; and this: one — two،three",
    "El Sr. García y J. Pérez. Yo. Los EE. UU. Mexicanos y las FF. AA. Nacionales. Pregunte a Ud. María",
    "1. Uno 2. Dos 10. Diez 100. Cien",
    "(3. Tres. Cuatro",
    "Er kam am 3. Oktober zurück. Am 4. auch. Bzw. Straße. STR. Haus. aprox. Un kilo.",
    "Hay 3. 000 casas, o 1.5, a las 12.30. 20 más. ٣. Drei",
    "Pero… ¿qué haces? Το βλέπω. ναι. Ναι; όχι",
    "का है। नहीं॥ አለ። የለም፧ هذا؟ نعم۔ ជា។ ខ៕ x‼ y⁇ Z",
    "tab\tand\x1cfile\x1d\x85next\u2028line \ufeff. \ufeffA. \x1cB",
    " \n leading. And\ttrailing \n ",
    "\U0001d400\U0001d401. \U0001d400. A\U0001f600. B",
    "\U0001f600" * 70,
    "a" * 90 + "é" * 91 + " " + "b" * 5,
    "- - - 12:30 ... \U0001f600! \u200b\u2060",
    "12345 + 6",
    "Ω" * 3 + " 你好",
    # Eighteen letters of Arabic once it is normalized: more than some of the models here read.
    "ﷺ",
    "uno ﷺ.\ufdfa \ufdfa\U0001d400",
]


def same(node, model: Path, longest: int, letterless: bool, abbreviations: Sequence[str], texts: Sequence[str]) -> None:
    reader = TextReader(Tokenizer(model), longest, letterless, abbreviations)
    options = {"longest": longest, "letterless": letterless, "abbreviations": list(abbreviations)}
    found = node("read.mjs", model=str(model), texts=texts, **options)
    for text, (segments, sentences, joined) in zip(texts, found, strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            own, parts = reader.segments(text), reader.sentences(text)
        assert segments == [[*each[:3], list(each.tokens), each.kept] for each in own], ascii(text)
        assert sentences == [[*each[:3], list(each.tokens), each.kept] for each in parts], ascii(text)
        assert joined == join_texts(parts, [part.text for part in parts])


@pytest.mark.parametrize("letterless", [False, True])
@pytest.mark.parametrize("longest", [5, 8, 30])
def test_segments(node, tmp_path, longest, letterless):
    draw = random.Random(longest)
    known = [character for text in SPLIT for character in text]
    texts = ["".join(draw.choices([*known, *" .!?\n,;0A"], k=draw.randrange(60))) for _ in range(400)]
    model = train(tmp_path, "unigram")
    # What Python's Unicode does not know yet may be a letter to JavaScript's.
    mixed = [text for text in mixtures(400, seed=5) if "Cn" not in map(unicodedata.category, text)]
    texts = [*SPLIT, " ".join(SPLIT), *ODD, *TEXT, *texts, *mixed]
    texts = [text for text in texts if not any("\ud800" <= character <= "\udfff" for character in text)]
    assert len(texts) > 600
    same(node, model, longest, letterless, ["aprox", "strasse", "0", "bzw", "str"], texts)


def test_features(node, tmp_path):
    model = train(tmp_path, "unigram", control_symbols=["\tV", "\tPST", "\t\tV"])
    lines = [
        "the cat sat on the mat\tV;PST\tV",
        "cat\tV\n\ndog\tPST; other\n",
        "\tV",
        "12\tV",
        " \n cat",
        "a\tb\tc\td;e",
    ]
    for longest in (4, 30):
        same(node, model, longest, False, [], [*lines, "\n".join(lines)])


def test_characters(node):
    found = node("characters.mjs")
    points = [chr(point) for point in range(sys.maxunicode + 1) if not 0xD800 <= point <= 0xDFFF]
    assert found["spaces"] == [ord(character) for character in points if not character.strip()]
    assert found["invisible"] == [list(each) for each in INVISIBLE]
    # Characters that this Python's version of Unicode has.
    different = [
        character
        for character, folded in zip(points, found["folded"], strict=True)
        if folded != character.casefold() and unicodedata.category(character) != "Cn"
    ]
    assert not different
