"""Decoded recordings, kept in memory if they are small."""

from collections.abc import Sequence

import numpy as np

from edge.errors import UserError
from pipelines.data.recording_files import Recording
from pipelines.data.recordings import load
from pipelines.log import log

# Recordings of up to this size, as 16-bit samples, stay in memory from the first epoch on: 4 hours at 16 kHz.
CACHE_BYTES = 500_000_000


class Sounds:
    """The sound of each recording of a data set, at one rate.

    Attributes:
        samples: length of each recording by the header of its file, int64 `(recordings,)`.

    Args:
        recordings: as a `RecordingReader` yields them.
        rate: samples per second.

    Raises:
        UserError: none of them can be decoded.
    """

    def __init__(self, recordings: Sequence[Recording], rate: int):
        self._recordings = recordings
        self._rate = rate
        self.samples = np.array([round((each.duration or 0.0) * rate) for each in recordings], np.int64)
        self._cache: dict[int, np.ndarray] | None = {} if 2 * self.samples.sum() <= CACHE_BYTES else None
        self._failed: set[int] = set()
        if all(self.get(index) is None for index in range(len(recordings))):
            raise UserError(f"{recordings[0].path}: cannot be decoded, nor any other recording; convert them to WAV")

    def get(self, index: int) -> np.ndarray | None:
        """Return the sound of a recording.

        Args:
            index: number of the recording, from 0.

        Returns:
            float32 `(samples,)`; None if its file cannot be decoded, which is logged once.
        """
        sound = self._cache.get(index) if self._cache is not None else None
        if sound is None:
            try:
                audio = load(self._recordings[index], self._rate)
            except UserError as error:
                if index not in self._failed:
                    self._failed.add(index)
                    log(f"{error}; skipped this recording ({len(self._failed)} skipped)")
                return None
            sound = np.rint(audio * 32768.0).clip(-32768, 32767).astype(np.int16)
            if self._cache is not None:
                self._cache[index] = sound
        return sound.astype(np.float32) / 32768.0
