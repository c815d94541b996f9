"""Phrases that overlap, put together again."""

from collections.abc import Sequence

from edge.spoken_words import SpokenWord

# Seconds between the middles of what may be the same word, read twice.
_NEAR = 0.4


def join_overlap(
    before: Sequence[SpokenWord], after: Sequence[SpokenWord], start: float, end: float
) -> tuple[list[SpokenWord], list[SpokenWord]]:
    """Choose from which of two phrases each word of their overlap is taken.

    The longest sequence of words that both have at about the same times shows where to change from one to the other: in
    its middle. Without such a sequence it is the middle of the overlap, far from where the phrases were cut.

    Args:
        before: words of the earlier phrase.
        after: words of the later phrase.
        start, end: of the overlap, in seconds.

    Returns:
        The words that are kept of each.
    """
    middle = (start + end) / 2
    best: tuple[int, float, int, int] | None = None
    for place in range(len(before)):
        for other in range(len(after)):
            length = 0
            while (
                place + length < len(before)
                and other + length < len(after)
                and _is_same(before[place + length], after[other + length], start, end)
            ):
                length += 1
            if length:
                half = length // 2
                found = (length, -abs(before[place + half].middle - middle), place + half, other + half)
                best = found if best is None else max(best, found)
    if best:
        _, _, place, other = best
        return list(before[:place]), list(after[other:])
    kept = [word for word in before if word.middle < middle]
    rest = [word for word in after if word.middle >= middle]
    # One word, heard differently, may have its middle on both sides.
    if kept and rest and kept[-1].end - rest[0].start > (rest[0].end - rest[0].start) / 2:
        rest = rest[1:]
    return kept, rest


def _is_same(one: SpokenWord, other: SpokenWord, start: float, end: float) -> bool:
    is_near = abs(one.middle - other.middle) <= _NEAR and one.end >= start and other.start <= end
    return is_near and one.tokens == other.tokens
