"""Translations that repeat themselves: a decoder that has lost its place says the same again and again."""

import itertools
from collections import Counter
from collections.abc import Hashable, Sequence

# Longer n-grams than this are no more frequent than those that they consist of.
_LONGEST = 4


def frequencies(units: Sequence[Hashable]) -> tuple[int, ...]:
    """Return how often the most frequent n-gram occurs, for n from 1 to 4.

    A single unit counts only as often as it stands in a row: articles and commas are frequent in any text.

    Args:
        units: words or tokens.
    """
    longest = run = 0
    for place, unit in enumerate(units):
        run = run + 1 if place and unit == units[place - 1] else 1
        longest = max(longest, run)
    grams = (zip(*(units[start:] for start in range(size)), strict=False) for size in range(2, _LONGEST + 1))
    return (longest, *(max(Counter(of_a_size).values(), default=0) for of_a_size in grams))


def in_a_row(units: Sequence[Hashable]) -> int:
    """Return how often the most frequent sequence of units stands directly behind itself: 1 if none does."""
    most = min(1, len(units))
    for size in range(1, len(units) // 2 + 1):
        run = 0
        for place in range(size, len(units)):
            run = run + 1 if units[place] == units[place - size] else 0
            most = max(most, 1 + run // size)
    return most


def repeats(source: Sequence[Hashable], target: Sequence[Hashable], more: int) -> bool:
    """Return whether the most frequent n-gram of a size is too frequent.

    Args:
        source: units of the source.
        target: units of its translation, of the same kind; they need not be the same words.
        more: how much more often than in the source the most frequent n-gram of the target may occur.
    """
    written = frequencies(target)
    # No source is needed to see that most translations do not repeat themselves.
    if max(written) <= more:
        return False
    return any(found > read + more for found, read in zip(written, frequencies(source), strict=True))


def can_repeat(tokens: Sequence[int], more: int) -> bool:
    """Return whether words of these tokens, or the tokens of a word, can repeat themselves; needs no source."""
    return max(Counter(itertools.pairwise(tokens)).values(), default=0) + 1 > more


def words(tokens: Sequence[int], begins_word: Sequence[bool]) -> list[tuple[int, ...]]:
    """Return the words of a text, as the tokens of each.

    Args:
        tokens: of the text.
        begins_word: whether a token of the vocabulary begins a word.
    """
    found: list[tuple[int, ...]] = []
    for token in tokens:
        if begins_word[token] or not found:
            found.append((token,))
        else:
            found[-1] += (token,)
    return found


def too_frequent(tokens: Sequence[int], most: Sequence[int]) -> set[int]:
    """Return the tokens that would make an n-gram too frequent, were they the next ones.

    Args:
        tokens: so far.
        most: how often an n-gram may occur, for n = 1, 2 and so on; for n = 1 in a row.
    """
    if not tokens or not most:
        return set()
    barred = {tokens[-1]} if len(tokens) >= most[0] and len(set(tokens[-most[0] :])) == 1 else set()
    for size, times in enumerate(most[1:], start=2):
        if tokens.count(tokens[-1]) <= times:
            continue
        last = list(tokens[len(tokens) - size + 1 :])
        starts = range(len(tokens) - size + 1)
        following = (tokens[start + size - 1] for start in starts if list(tokens[start : start + size - 1]) == last)
        barred.update(token for token, times_before in Counter(following).items() if times_before >= times)
    return barred
