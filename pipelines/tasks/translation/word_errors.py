"""How right words are: error rates of words and of their symbols, against one or several references each."""

import math
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rapidfuzz.distance import Levenshtein

# Translations of a source among which the right one is looked for.
N_BEST = 5

# Confusions that a table has.
_CONFUSIONS = 20


def score(found: Sequence[Sequence[str]], references: Sequence[Sequence[str]], spaced: bool) -> dict[str, Any]:
    """Score words against their references, of which any is right.

    Text is compared in NFC, and without extra white space.

    Args:
        found: of each source the translations, the best first.
        references: of each source the right ones, at least one.
        spaced: symbols are separated by spaces; else each character is one.

    Returns:
        In percent: `wer`, words that equal no reference; `cer`, edit distance to the nearest reference (the one with
        the lowest rate) per symbol of these references; `exact`, words that equal a reference; `exact@5`, words that
        equal one with one of their five best translations, where there are as many. And `words`, their number.
    """
    best = [_symbols(translations[0], spaced) for translations in found]
    right = [[_symbols(text, spaced) for text in texts] for texts in references]
    nearest = [_nearest(word, texts) for word, texts in zip(best, right, strict=True)]
    pairs = list(zip(best, nearest, strict=True))
    exact = _percent(sum(word == reference for word, reference in pairs), len(pairs))
    errors = sum(Levenshtein.distance(word, reference) for word, reference in pairs)
    scores = {"wer": 100.0 - exact, "cer": _percent(errors, sum(map(len, nearest))), "exact": exact}
    if max(map(len, found)) >= N_BEST:
        hits = [
            any(_symbols(text, spaced) in texts for text in translations[:N_BEST])
            for translations, texts in zip(found, right, strict=True)
        ]
        scores[f"exact@{N_BEST}"] = _percent(sum(hits), len(hits))
    return {**scores, "words": len(pairs)}


def confusions(found: Sequence[str], references: Sequence[Sequence[str]], spaced: bool) -> Counter[tuple[str, str]]:
    """Count what is wrong with words: the symbols of the nearest reference, and what stands in their place.

    Args:
        found: the best translation of each source.
        references, spaced: as for `score`.

    Returns:
        How often each pair of symbols occurs; an empty text stands for one that is missing on its side.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for text, texts in zip(found, references, strict=True):
        word = _symbols(text, spaced)
        reference = _nearest(word, [_symbols(each, spaced) for each in texts])
        for edit in Levenshtein.editops(reference, word):
            expected = "" if edit.tag == "insert" else reference[edit.src_pos]
            written = "" if edit.tag == "delete" else word[edit.dest_pos]
            counts[expected, written] += 1
    return counts


def confusion_table(counts: Counter[tuple[str, str]]) -> str:
    """Return the most frequent confusions as a Markdown table."""
    ranked = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_CONFUSIONS]
    rows = [f"| {_cell(expected)} | {_cell(written)} | {times} |" for (expected, written), times in ranked]
    return "\n".join(["| reference | written | times |", "|---|---|---:|", *rows])


def by_chance(first: Sequence[bool], second: Sequence[bool]) -> float:
    """Return the p-value of the difference between two models: McNemar's exact test.

    Args:
        first, second: whether each word is right.
    """
    won = sum(one and not other for one, other in zip(first, second, strict=True))
    lost = sum(other and not one for one, other in zip(first, second, strict=True))
    differ, fewer = won + lost, min(won, lost)
    tail = sum(math.comb(differ, times) for times in range(fewer + 1))
    return min(1.0, 2 * tail / 2**differ)


def is_right(text: str, references: Sequence[str]) -> bool:
    """Return whether a translation equals one of its references."""
    return _plain(text) in map(_plain, references)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _symbols(text: str, spaced: bool) -> list[str]:
    plain = _plain(text)
    return plain.split(" ") if spaced and plain else list(plain)


def _nearest(word: list[str], references: Sequence[list[str]]) -> list[str]:
    return min(references, key=lambda reference: Levenshtein.distance(word, reference) / len(reference))


def _percent(part: float, whole: int) -> float:
    return 100.0 * part / whole


def _cell(symbol: str) -> str:
    return {"": "(none)", " ": "␣"}.get(symbol, symbol).replace("|", "\\|")
