"""Start and end of words from their tokens and from silence."""

import itertools
import math
from collections.abc import Sequence

Times = tuple[float, float]

# Seconds that a word may extend beyond its tokens: to silence, and to another word where there is no silence.
_TO_SILENCE, _TO_WORD = 0.6, 0.3
# Seconds between a token and the speech that it belongs to, at most.
_BESIDE = 0.3


def word_times(anchors: Sequence[Times], speech: Sequence[Times]) -> list[Times]:
    """Return start and end of each word.

    Args:
        anchors: start and end of the tokens of each word in seconds, ascending; tokens are shorter than their sounds.
        speech: start and end of each stretch with speech in seconds, ascending.
    """
    if not anchors:
        return []
    # Moved ones may not pass those after them.
    edges = iter(itertools.accumulate((edge for anchor in anchors for edge in _inside(anchor, speech)), max))
    inside = list(zip(edges, edges, strict=True))
    starts, ends = [_start(inside[0][0], -math.inf, speech)], []
    for (_, end), (start, _) in itertools.pairwise(inside):
        if any(end < first <= start or end <= last < start for first, last in speech):
            ends.append(_end(end, start, speech))
            starts.append(_start(start, end, speech))
        else:
            middle = (end + start) / 2
            ends.append(min(middle, end + _TO_WORD))
            starts.append(max(middle, start - _TO_WORD))
    ends.append(_end(inside[-1][1], math.inf, speech))
    return [(start, max(start, end)) for start, end in zip(starts, ends, strict=True)]


def _start(start: float, earliest: float, speech: Sequence[Times]) -> float:
    silence = next((first for first, last in speech if earliest < first <= start <= last), start)
    return max(silence, start - _TO_SILENCE)


def _end(end: float, latest: float, speech: Sequence[Times]) -> float:
    silence = next((last for first, last in speech if first <= end <= last < latest), end)
    return min(silence, end + _TO_SILENCE)


def _inside(anchor: Times, speech: Sequence[Times]) -> Times:
    """An anchor, or the nearest edge of speech for one in silence."""
    start, end = anchor
    distances = [(max(first - end, start - last), first, last) for first, last in speech]
    distance, first, last = min(distances, default=(math.inf, start, end))
    return (min(max(start, first), last), min(max(end, first), last)) if 0.0 < distance <= _BESIDE else anchor
