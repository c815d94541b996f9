"""Canonical decomposition (NFD) as rules of SentencePiece, and composition (NFC) of what is decoded."""

import sys
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

# By what becomes of it, `edge.tokenizer` sees that decoded text is composed.
_ALWAYS = "é"


class Rules(NamedTuple):
    """Strings, and what replaces them; the longest one is replaced first.

    Attributes:
        decomposition: of text before it is tokenized.
        composition: of decoded text.
    """

    decomposition: dict[str, str]
    composition: dict[str, str]


def decomposition_rules(texts: Iterable[str]) -> Rules:
    """Return the rules for text of the letters and marks that some texts have, in any combination.

    Marks in a row are sorted as Unicode has it: two marks after a letter, or one after a letter with accents.

    Args:
        texts: what the tokenizer is trained on.
    """
    seen: set[str] = set()
    for text in texts:
        seen.update(_nfd(text))
    marks = sorted(filter(unicodedata.combining, seen))
    decomposed = {
        letter: parts
        for letter in map(chr, range(sys.maxunicode + 1))
        if (parts := _nfd(letter)) != letter and not seen.isdisjoint(parts)
    }
    known = [letter for letter, parts in decomposed.items() if _nfc(letter) == letter and seen.issuperset(parts)]
    # Where the second mark comes first: to be sorted, and composed although it stands between a letter and its mark.
    swapped = [first + mark for first in [*known, *marks] for mark in marks if _nfd(first + mark) != _nfd(first) + mark]
    return Rules(
        decomposed | {text: _nfd(text) for text in swapped},
        {_nfd(text): _nfc(text) for text in [_ALWAYS, *known, *swapped] if _nfd(text) != _nfc(text)},
    )


def as_table(rules: dict[str, str]) -> str:
    """Return rules in the form that SentencePiece reads: code points, hexadecimal, in two columns."""
    return "".join(f"{_code_points(text)}\t{_code_points(replaced)}\n" for text, replaced in sorted(rules.items()))


def _code_points(text: str) -> str:
    return " ".join(f"{ord(character):X}" for character in text)


def _nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
