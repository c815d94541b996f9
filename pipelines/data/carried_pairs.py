"""Pairs in which spans that both sides share are reserved symbols: a model learns to copy them from these."""

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence

from edge.glossary import split_words
from edge.spans import Span, find_spans
from edge.stand_ins import SYMBOLS

# Of pairs without equal spans: the fraction of `train.carry` in which equal names are symbols, and in which a symbol is
# put behind the last word of both sides.
_NAMES, _ADDED = 0.5, 0.1
_SHORTEST_NAME = 3
_FINAL = " .!?…。！？"


def with_symbols(source: str, target: str, fraction: float) -> tuple[str, str]:
    """Return a pair, with reserved symbols in place of what both sides share, if it is one of those that have them.

    Which pairs, and which symbols, follows from the text.

    Args:
        source, target: the pair.
        fraction: of the pairs with equal spans, between 0 and 1.
    """
    number = zlib.crc32(f"{source}\t{target}".encode("utf-8", "replace"))
    # Two values of the number that do not depend on each other.
    chance, first = (number >> 12) / (1 << 20), number % len(SYMBOLS)
    symbols = SYMBOLS[first:] + SYMBOLS[:first]
    equal = _equal(find_spans(source), find_spans(target), source, target)
    if not equal:
        fraction *= _NAMES
        equal = _equal(_names(source), _names(target), source, target)
    if equal:
        return _replaced(source, target, equal[: len(symbols)], symbols) if chance < fraction else (source, target)
    if chance >= fraction * _ADDED / _NAMES:
        return source, target
    added = " ".join(symbols[: 1 + number // len(SYMBOLS) % 2])
    return _behind(source, added), _behind(target, added)


def count_symbols(pairs: Iterable[tuple[str, str]], fraction: float) -> tuple[int, int]:
    """Return how many of some pairs have symbols, and how many pairs there are."""
    found = Counter(with_symbols(*pair, fraction) != tuple(pair) for pair in pairs)
    return found[True], found.total()


def _equal(first: Sequence[Span], second: Sequence[Span], source: str, target: str) -> list[tuple[Span, Span]]:
    """Spans of both sides with the same text, each once."""
    rest = list(second)
    found = []
    for span in first:
        text = source[span.start : span.end]
        other = next((each for each in rest if target[each.start : each.end] == text), None)
        if other is not None:
            rest.remove(other)
            found.append((span, other))
    return found


def _names(text: str) -> list[Span]:
    words = split_words(text)
    return [
        Span(word.start, word.end, "name")
        for word in words
        if text[word.start].isupper() and word.end - word.start >= _SHORTEST_NAME
    ]


def _replaced(source: str, target: str, equal: Sequence[tuple[Span, Span]], symbols: Sequence[str]) -> tuple[str, str]:
    pairs = list(zip(equal, symbols, strict=False))
    return (
        _written(source, ((first, symbol) for (first, _), symbol in pairs)),
        _written(target, ((second, symbol) for (_, second), symbol in pairs)),
    )


def _written(text: str, symbols: Iterable[tuple[Span, str]]) -> str:
    for span, symbol in sorted(symbols, reverse=True):
        text = text[: span.start] + symbol + text[span.end :]
    return text


def _behind(text: str, added: str) -> str:
    body = text.rstrip(_FINAL)
    return f"{body} {added}{text[len(body) :]}"
