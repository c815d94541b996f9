"""Voice activity: where in a recording there is more than its background noise."""

from collections import deque

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# Bands in Hz. In each of them the noise has a level of its own: in white noise, vowels stand out at the bottom.
_EDGES = (100, 500, 1000, 2000, 4000, 8000)

# Windows of three hops. The median over this number of windows removes clicks, which are in less than half of them.
_WINDOW, _MEDIAN = 3, 7
# Hops on each side of the one that is decided.
_AROUND = _MEDIAN // 2

# The noise of half a second is what its quietest hops have: speech is not in all of them. The noise floor is the least
# of the last six seconds, and at the start that of the first two. Decisions are made in such blocks.
BLOCK, _QUIETEST, _LOUDEST = 50, 0.15, 0.9
_REMEMBERED, _FIRST = 12, 200
# A band's power with speech in it, as a multiple of the noise floor: 7 dB. Stationary noise stays below 6.5.
_RATIO = 5.0
# What is 35 dB less than speech just was is its echo.
_ECHO = 3e-4
# What is less than this (-80 dB of full scale) is silence, whatever the noise floor is.
_SILENCE = 1e-8

# In hops: stretches of speech that are less apart are one; a click makes up to 6 hops active.
_GAP, _LEAST = 10, 7

# Seconds whose spectrum is computed at once: as much memory as a large array needs.
_AT_ONCE = 10


class VoiceActivity:
    """Detects speech in a stream by its energy, against a noise floor that follows the noise.

    Constant noise, hum and offsets are no speech; neither are clicks. A decision depends on the stream, not on the
    blocks in which it comes, and is made at most about half a second later, at the start of the stream two seconds.

    Args:
        rate: of the stream, in Hz.

    Attributes:
        hop: samples that a decision is about, 10 ms.
    """

    def __init__(self, rate: int):
        self.hop = max(1, rate // 100)
        size = _WINDOW * self.hop
        self._window = np.hanning(size + 2)[1:-1].astype(np.float32)
        # Mean squares: one side of a spectrum has half of the power.
        self._scale = 2.0 / (size * float(np.square(self._window).sum()))
        edges = [edge for edge in _EDGES[:-1] if edge < 0.45 * rate]
        self._bins = [-(-edge * size // rate) for edge in edges]
        self._end = -(-_EDGES[-1] * size // rate)
        self._samples = np.empty(0, np.float32)
        # From `_AROUND` hops before the first one that is not decided.
        self._powers = np.empty((0, len(edges)), np.float32)
        # Of the blocks that are remembered: their quietest and their loudest hops.
        self._quiet: deque[np.ndarray] = deque(maxlen=_REMEMBERED)
        self._loud: deque[np.ndarray] = deque(maxlen=_REMEMBERED)
        self._last: np.ndarray | None = None
        self._length = self._decided = 0

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Read more of the stream.

        Args:
            samples: float32 `(samples,)` in [-1, 1], any number of them.

        Returns:
            Whether there is speech in each of the next hops, bool `(hops,)`: those that can be decided now.
        """
        self._length += len(samples)
        at_once = 100 * _AT_ONCE * self.hop
        found = [np.empty(0, bool)]
        for start in range(0, len(samples), at_once):
            self._measure(samples[start : start + at_once])
            while (ready := len(self._powers) - 2 * _AROUND) >= (BLOCK if self._quiet else _FIRST):
                found.append(self._decide(BLOCK if self._quiet else min(ready, _FIRST)))
        return np.concatenate(found)

    def flush(self) -> np.ndarray:
        """Return the rest of the decisions at the end of the stream; its last hop may be shorter."""
        hops = -(-self._length // self.hop) - self._decided
        if not hops:
            return np.empty(0, bool)
        if not len(self._powers):
            self._measure(np.zeros((_WINDOW + 1) * self.hop, np.float32))
        missing = max(0, hops + 2 * _AROUND - len(self._powers))
        self._powers = np.concatenate([self._powers, np.repeat(self._powers[-1:], missing, axis=0)])
        return self._decide(hops)

    def _measure(self, samples: np.ndarray) -> None:
        """Appends the powers of the windows that are complete, two neighbours together."""
        samples = np.concatenate([self._samples, samples])
        count = len(samples) // self.hop - _WINDOW + 1
        if count < 1:
            self._samples = samples
            return
        self._samples = samples[count * self.hop :]
        windows = sliding_window_view(samples, _WINDOW * self.hop)[: count * self.hop : self.hop]
        spectrum = np.fft.rfft(windows * self._window, axis=1)[:, : self._end]
        energy = np.square(spectrum.real) + np.square(spectrum.imag)
        powers = self._scale * np.add.reduceat(energy, self._bins, axis=1)
        if self._last is not None:
            powers = np.concatenate([self._last, powers])
        self._last = powers[-1:]
        both = (powers[:-1] + powers[1:]) / 2
        if self._powers.size == 0 and len(both):
            # The middle of two windows is two hops after their start; before the first one all is as there.
            both = np.concatenate([np.repeat(both[:1], 2 + _AROUND, axis=0), both])
        self._powers = np.concatenate([self._powers, both])

    def _decide(self, hops: int) -> np.ndarray:
        levels = np.median(sliding_window_view(self._powers[: hops + 2 * _AROUND], _MEDIAN, axis=0), axis=-1)
        self._powers = self._powers[hops:]
        self._decided += hops
        for start in range(0, hops, BLOCK):
            quiet, loud = np.quantile(levels[start : start + BLOCK], (_QUIETEST, _LOUDEST), axis=0)
            self._quiet.append(quiet)
            self._loud.append(loud)
        floor = np.maximum(
            _RATIO * np.maximum(np.min(self._quiet, axis=0), _SILENCE), _ECHO * np.max(self._loud, axis=0)
        )
        return np.logical_or.reduce(levels > floor, axis=1)


def stretches(active: np.ndarray, final: bool = True) -> list[tuple[int, int]]:
    """Return first and last + 1 of the stretches of speech in hops. What is shorter than a sound of speech is a click.

    Args:
        active: whether there is speech in each hop, bool `(hops,)`.
        final: nothing comes after these hops. Else a short stretch at their end may still become longer.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], active, [False]])))
    joined: list[tuple[int, int]] = []
    for start, end in edges.reshape(-1, 2).tolist():
        if joined and start - joined[-1][1] < _GAP:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [(start, end) for start, end in joined if end - start >= _LEAST or (end == len(active) and not final)]
