"""Sound of any length in phrases that a model can read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from edge.voice_activity import BLOCK, VoiceActivity, stretches

# Silence that ends a phrase, and how much of it stays at each end of a phrase, in hops of 10 ms.
_PAUSE, _MARGIN = 60, 30
# Of a longer phrase, pauses that come in its first part are used only if there is none behind it.
_FIRST_PART = 3
# Seconds that are read twice where there is no silence to split at.
_OVERLAP = 2.0


@dataclass(frozen=True, eq=False)
class Phrase:
    """A phrase of a recording or of a stream.

    Attributes:
        start: first sample, counted from the start of the sound.
        samples: float32 `(samples,)`.
        speech: start and end of the stretches with speech, in seconds from its start.
        overlap: samples at its start that the phrase before it has, too.
        is_cut: whether it ends within speech; the next phrase overlaps it.
    """

    start: int
    samples: np.ndarray
    speech: list[tuple[float, float]]
    overlap: int = 0
    is_cut: bool = False


def phrases(blocks: Iterable[np.ndarray], rate: int, longest: int, live: bool = False) -> Iterator[Phrase]:
    """Split sound at silence, in bounded memory.

    A phrase ends at a pause of 0.6 s. What is still too long is split at its longest pause. Where there is no pause,
    phrases overlap. Of longer silences 0.3 s stay on each side. Sound without speech has no phrases.

    Args:
        blocks: of samples, float32 `(samples,)` each, one after the other.
        rate: of the samples, in Hz.
        longest: samples of a phrase at most; 0.1 s or more.
        live: yield every phrase as soon as it has ended. Else sound that is no longer than a phrase stays whole.
    """
    splitter = _Splitter(rate, longest)
    blocks = iter(blocks)
    if not live:
        first, length = [], 0
        for block in blocks:
            first.append(block)
            length += len(block)
            if length > longest:
                break
        else:
            yield from _whole(first, rate)
            return
        yield from splitter.push(first[0] if len(first) == 1 else np.concatenate(first))
    for block in blocks:
        yield from splitter.push(block)
    yield from splitter.flush()


def _whole(blocks: list[np.ndarray], rate: int) -> Iterator[Phrase]:
    activity = VoiceActivity(rate)
    active = np.concatenate([*map(activity.push, blocks), activity.flush()])
    if speech := _seconds(active, activity.hop / rate):
        yield Phrase(0, blocks[0] if len(blocks) == 1 else np.concatenate(blocks), speech)


def _seconds(active: np.ndarray, hop: float) -> list[tuple[float, float]]:
    return [(start * hop, end * hop) for start, end in stretches(active)]


class _Splitter:
    """Splits a stream.

    Args:
        rate: of the samples, in Hz.
        longest: samples of a phrase at most.
    """

    def __init__(self, rate: int, longest: int):
        self._activity = VoiceActivity(rate)
        self._rate, self._hop = rate, self._activity.hop
        self._longest = longest // self._hop
        self._overlap = min(round(_OVERLAP * rate / self._hop), self._longest // 4)
        # Samples and decisions from `_start` on, which is a hop's number as `_end` is: where the last phrase ended.
        self._samples = np.empty(0, np.float32)
        self._active = np.empty(0, bool)
        self._start = self._end = 0

    def push(self, block: np.ndarray) -> Iterator[Phrase]:
        """Read more samples; yield the phrases that have ended."""
        # A second at a time: a long block is not kept twice.
        for start in range(0, len(block), 100 * self._hop):
            second = block[start : start + 100 * self._hop]
            self._samples = np.concatenate([self._samples, second])
            decided = self._activity.push(second)
            # Where phrases end does not depend on the blocks.
            for first in range(0, len(decided), BLOCK):
                self._active = np.concatenate([self._active, decided[first : first + BLOCK]])
                yield from self._phrases(final=False)

    def flush(self) -> Iterator[Phrase]:
        """Yield the rest at the end of the stream."""
        self._active = np.concatenate([self._active, self._activity.flush()])
        yield from self._phrases(final=True)

    def _phrases(self, final: bool) -> Iterator[Phrase]:
        while (found := stretches(self._active, final)) and (cut := self._cut(found, final)):
            begin, end, following = cut
            start = self._start + begin
            samples = self._samples[begin * self._hop : end * self._hop]
            overlap = max(0, self._end - start) * self._hop
            speech = _seconds(self._active[begin:end], self._hop / self._rate)
            yield Phrase(start * self._hop, samples, speech, overlap, following < end)
            self._end = self._start + end
            self._drop(following)
        if not found:
            self._drop(max(0, len(self._active) - _MARGIN))

    def _drop(self, hops: int) -> None:
        self._start += hops
        self._samples = self._samples[hops * self._hop :].copy()
        self._active = self._active[hops:]

    def _cut(self, found: list[tuple[int, int]], final: bool) -> tuple[int, int, int] | None:
        """Begin and end of the next phrase, and where the one after it may begin; None if it has not ended.

        Args:
            found: stretches of speech, at least one.
            final: nothing comes after them.
        """
        begin = max(0, found[0][0] - _MARGIN)
        most = begin + self._longest
        # Where the silence after each stretch ends; at the end of the stream all is silence.
        nexts = [start for start, _ in found[1:]] + [len(self._active)]
        pauses = [(end, after) for (_, end), after in zip(found, nexts, strict=True)]
        for place, (end, after) in enumerate(pauses):
            is_rest = final and place == len(pauses) - 1
            if after - end >= _PAUSE or is_rest:
                if end <= most:
                    return self._at(begin, end, after if is_rest else (end + after) // 2)
                break
        else:
            if len(self._active) <= most:
                return None
        inside = [(end, after) for end, after in pauses if end < after and end <= most]
        if not inside:
            return begin, most, most - self._overlap
        late = [(end, after) for end, after in inside if end >= begin + self._longest // _FIRST_PART]
        end, after = max(late or inside, key=lambda pause: pause[1] - pause[0])
        return self._at(begin, end, (end + after) // 2)

    def _at(self, begin: int, end: int, middle: int) -> tuple[int, int, int]:
        """A phrase that ends in the silence after a stretch of speech, in its middle at the latest."""
        cut = min(end + _MARGIN, middle, begin + self._longest)
        return begin, cut, cut
