"""Speech data sets: recordings and their transcripts, listed in TSV files or JSON manifests."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from edge.audio import audio_seconds, read_audio
from edge.errors import MissingPackageError, UserError
from pipelines.data.corpora_files import CorporaFiles
from pipelines.data.files import PathLike, shown
from pipelines.data.line_counts import LineCounts, listed_kinds
from pipelines.data.recording_files import Recording, read_recordings
from pipelines.data.recording_limits import MIN_SECONDS, RecordingLimits

MISSING = "whose file is missing"
UNREADABLE = "damaged or unreadable"
NO_SOUND = "without sound"
BEHIND_END = "with an offset behind the end"
TOO_SHORT = f"shorter than {MIN_SECONDS:g} s"

# Damaged files that are named one by one.
_NAMED = 10


class RecordingReader(CorporaFiles):
    """The recordings of one or more lists; every iteration reads the lists from the start.

    Recordings that cannot be used are skipped and counted in `counts`, which belongs to the latest iteration. Of an
    audio file only the header is read. The files of each pattern are a corpus.

    Attributes:
        corpora: the lists of each corpus.
        limits: what a recording must have to be used; None as long as that is not known.
        counts: how many recordings could be used.
        seconds: length of those that could be used.
        damaged: what is wrong with each file that cannot be read.
    """

    def __init__(self, patterns: PathLike | Iterable[PathLike], limits: RecordingLimits | None = None) -> None:
        """Find the lists; they are read when iterated over.

        Args:
            patterns: a file, a glob (read in sorted order), or a list of those, as `read_recordings` takes them. Files
                compressed by gzip, bzip2 or xz are decompressed.
            limits: what a recording must have to be used.

        Raises:
            UserError: a file is missing or no regular file, or a glob matches nothing.
        """
        super().__init__(patterns)
        self.limits = limits
        self.seconds = 0.0
        self.damaged: list[str] = []
        # Of audio files whose header was read.
        self._lengths: dict[Path, float] = {}

    def summary(self) -> str:
        """Return in one line what the latest iteration used and what it could not use."""
        summary = f"{super().summary()}; {self.seconds / 3600:.2f} hours of sound"
        if not self.damaged:
            return summary
        more = len(self.damaged) - _NAMED
        rest = [f"and {more} more files"] if more > 0 else []
        return "; ".join([summary, *self.damaged[:_NAMED], *rest])

    def __iter__(self) -> Iterator[Recording]:
        """Yields: each usable recording; its duration is known.

        Raises:
            UserError: a list cannot be read, is of another form, or has no usable recording.
        """
        counts = self.counts = LineCounts(noun="recordings")
        self.seconds, self.damaged = 0.0, []
        for path in self.paths:
            used, before = 0, counts.unused.copy()
            for number, recording in read_recordings(path, counts):
                seconds, fault = self._examine(recording)
                if fault:
                    counts.skip(fault, f"{shown(path)}:{number}")
                    continue
                used += 1
                self.seconds += seconds
                yield recording._replace(duration=seconds)
            if not used:
                kinds = counts.unused - before
                why = f" (such as {shown(recording.path)})" if kinds[MISSING] else ""
                why = f"; {self.damaged[-1]}" if kinds[UNREADABLE] else why
                raise UserError(
                    f"{shown(path)}: no recording can be used: {listed_kinds(kinds)}{why}; paths are relative to the "
                    "folder of the list"
                )

    def _examine(self, recording: Recording) -> tuple[float, str]:
        """Length of a recording in seconds, and why it cannot be used."""
        path = recording.path
        if path not in self._lengths:
            try:
                self._lengths[path] = audio_seconds(path)
            except MissingPackageError:
                raise
            except UserError as error:
                if not os.path.lexists(path):
                    return 0.0, MISSING
                if str(error) not in self.damaged:
                    self.damaged.append(str(error))
                return 0.0, UNREADABLE
        length = self._lengths[path]
        seconds = length - recording.offset
        if length and seconds <= 0.0:
            return 0.0, BEHIND_END
        seconds = seconds if recording.duration is None else min(seconds, recording.duration)
        if seconds < MIN_SECONDS:
            return seconds, TOO_SHORT if seconds else NO_SOUND
        return seconds, self.limits.fault(seconds, recording.text) if self.limits else ""


def load(recording: Recording, rate: int) -> np.ndarray:
    """Return the sound of a recording.

    Args:
        recording: as the reader yields it.
        rate: samples per second of the result.

    Returns:
        float32 `(samples,)`.

    Raises:
        UserError: its file cannot be decoded.
    """
    return read_audio(recording.path, rate, offset=recording.offset, duration=recording.duration)[0]
