"""Whether text is symbols that are separated by spaces, such as the sounds of a word."""

import itertools
from collections import Counter
from collections.abc import Iterable

# Lines that are read at most.
_LINES = 100_000

# Means: least number of symbols per line, and largest number of characters per symbol.
_PER_LINE, _CHARACTERS = 2.0, 4.0
# Largest size of an alphabet of symbols, and least mean number of times that a symbol occurs. Words of a language are
# more, and most of them are rare.
_SYMBOLS, _TIMES = 1000, 3.0


def count_symbols(texts: Iterable[str]) -> int:
    """Return how many different symbols some text consists of, if it is symbols separated by spaces; else 0.

    Args:
        texts: of a large corpus the first lines count.
    """
    lines, counts = 0, Counter[str]()
    for text in itertools.islice(texts, _LINES):
        lines += 1
        counts.update(text.split())
    total = counts.total()
    characters = sum(len(symbol) * times for symbol, times in counts.items())
    are_symbols = (
        total >= _PER_LINE * lines
        and characters <= _CHARACTERS * total
        and len(counts) <= _SYMBOLS
        and total >= _TIMES * len(counts)
    )
    return len(counts) if are_symbols else 0
