"""Phrases that overlap, put together again."""

import itertools
from collections.abc import Sequence

from edge.spoken_words import SpokenWord

# Seconds between the middles of what may be the same word, read twice.
_NEAR = 0.4


def join_overlap(
    before: Sequence[SpokenWord], after: Sequence[SpokenWord], start: float, end: float
) -> tuple[list[SpokenWord], list[SpokenWord]]:
    """Choose from which of two phrases each word of their overlap is taken.

    The longest sequence of words that both have at about the same times shows where to change from one to the other: in
    its middle. Without such a sequence that is in the middle of the overlap, far from where the phrases were cut.

    Args:
        before: words of the earlier phrase.
        after: words of the later phrase.
        start, end: of the overlap, in seconds.

    Returns:
        The words that are kept of each.
    """
    middle = (start + end) / 2
    first = sum(word.end < start for word in before)
    last = sum(word.start <= end for word in after)
    if first == len(before) or not last:
        # One of them has nothing there.
        return list(before), list(after)
    best = 0.0, -1, -1
    for place, other in itertools.product(range(first, len(before)), range(last)):
        likeness = [_likeness(*pair) for pair in zip(before[place:], after[other:last], strict=False)]
        length = likeness.index(0.0) if 0.0 in likeness else len(likeness)
        best = max(best, (sum(likeness[:length]), place + length // 2, other + length // 2))
    weight, place, other = best
    if weight:
        return list(before[:place]), list(after[other:])
    kept = [word for word in before if word.middle < middle]
    rest = [word for word in after if word.middle >= middle]
    # One word, heard differently, may have its middle on both sides.
    if kept and rest and kept[-1].end - rest[0].start > (rest[0].end - rest[0].start) / 2:
        rest = rest[1:]
    return kept, rest


def _likeness(one: SpokenWord, other: SpokenWord) -> float:
    """From 1 for the same word at the same time down to 0 for what is not the same word."""
    return 0.0 if one.tokens != other.tokens else max(0.0, 1.0 - abs(one.middle - other.middle) / _NEAR)
