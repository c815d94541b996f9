"""Opens audio files: WAV with NumPy alone, other formats with soundfile (extra `audio`)."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np

from edge.errors import MissingPackageError, UserError
from edge.wave_file import open_wave

AudioSource = str | os.PathLike[str] | BinaryIO

MAX_CHANNELS = 64
# Samples per second that recorders and converters write.
RATES = range(1000, 768_001)

# The first bytes of each format. A file's name may say anything.
_FORMATS = {
    b"RIFF": "WAV",
    b"RIFX": "WAV",
    b"RF64": "WAV",
    b"riff": "W64",
    b"fLaC": "FLAC",
    b"OggS": "Ogg",
    b"ID3": "MP3",
    b"FORM": "AIFF",
    b".snd": "AU",
    b"caff": "CAF",
}
_HEAD = 64
# Of a path in a message.
_LONGEST_NAME = 120

# Decoders stop at damage without an error. The number of samples is an estimate in some formats.
_MAY_MISS = 0.01
# An Ogg page has 65,307 bytes at most.
_LONGEST_PAGE = 1 << 16
_LAST_PAGE = 4


class AudioFile(Protocol):
    """An open audio file.

    Attributes:
        name: of the file, for messages.
        rate: samples per second.
        channels: number of channels.
        frames: samples per channel.
    """

    @property
    def name(self) -> str: ...

    @property
    def rate(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def frames(self) -> int: ...

    def read(self, start: int, frames: int) -> np.ndarray:
        """Return frames that are inside the file: float32 `(frames, channels)`.

        Raises:
            UserError: the file is damaged there.
        """


@contextmanager
def open_audio(source: AudioSource) -> Iterator[AudioFile]:
    """Open an audio file. What the operating system refuses is a `UserError`, also while it is read.

    Args:
        source: a path, or a binary stream at its start.

    Raises:
        UserError: the file is missing, empty, damaged, no audio, or soundfile is needed and not installed.
    """
    if not isinstance(source, str | os.PathLike):
        yield _opened(source, _shown(getattr(source, "name", "audio")))
        return
    name = _shown(source)
    with _opened_path(source, name) as stream:
        try:
            yield _opened(stream, name)
        except OSError as error:
            raise UserError(f"{name}: cannot be read ({error.strerror or error}); check the file") from error


class _SoundFile:
    """A file that soundfile reads."""

    def __init__(self, stream: BinaryIO, kind: str, name: str):
        self._library = _soundfile(kind)
        self.name = name
        self._kind = kind
        try:
            self._file = self._library.SoundFile(stream)
        except self._library.SoundFileError as error:
            raise self._damaged(str(error).rpartition(": ")[2]) from error
        self.rate: int = self._file.samplerate
        self.channels: int = self._file.channels
        self.frames: int = self._file.frames

    def read(self, start: int, frames: int) -> np.ndarray:
        """See `AudioFile`."""
        try:
            if self._file.tell() != start:
                self._file.seek(start)
            samples = self._file.read(frames, dtype="float32", always_2d=True)
        except self._library.SoundFileError as error:
            raise self._damaged(str(error).rpartition(": ")[2]) from error
        if start + len(samples) < (1 - _MAY_MISS) * (start + frames):
            raise self._damaged(f"{start + len(samples):,} of {self.frames:,} samples can be decoded")
        return samples

    def _damaged(self, why: str) -> UserError:
        return UserError(f"{self.name}: is a damaged or cut {self._kind} file ({why.strip('. ')}); copy it again")


def _opened_path(path: str | os.PathLike[str], name: str) -> BinaryIO:
    try:
        os.fspath(path).encode("utf-8")
        return Path(path).open("rb")
    except FileNotFoundError as error:
        raise UserError(f"{name}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise UserError(f"{name}: is a directory; name an audio file") from error
    except OSError as error:
        raise UserError(f"{name}: cannot be read ({error.strerror or error}); check the path") from error
    except ValueError as error:
        raise UserError(f"{name}: is no path that can be opened; rename the file") from error


def _opened(stream: BinaryIO, name: str) -> AudioFile:
    head = stream.read(_HEAD)
    kind = _kind(head, name)
    stream = stream if stream.seekable() else io.BytesIO(head + stream.read())
    file: AudioFile | None = open_wave(stream, name) if head.startswith(b"RIFF") else None
    if file is None:
        if kind == "Ogg":
            _check_last_page(stream, name)
        stream.seek(0)
        file = _SoundFile(stream, kind, name)
    if file.rate not in RATES or not 0 < file.channels <= MAX_CHANNELS:
        raise UserError(f"{name}: says it has {file.rate} Hz and {file.channels} channels; copy or convert it again")
    return file


def _kind(head: bytes, name: str) -> str:
    """The format that a file's first bytes show."""
    if not head:
        raise UserError(f"{name}: is empty; copy or record it again")
    # Every form of RIFF but WAVE is something else, for example a video.
    if not head.startswith((b"RIFF", b"RIFX", b"RF64")) or head[8:12] in (b"WAVE", b""):
        kind = next((kind for magic, kind in _FORMATS.items() if head.startswith(magic)), None)
        if kind:
            return kind
        # A frame of MPEG audio; what begins with FF FE is text in UTF-16.
        if head[0] == 0xFF and len(head) > 2 and head[1] & 0xE0 == 0xE0 and head[1] != 0xFE:
            return "MP3"
    text = head.decode("utf-8", "ignore").lstrip("\ufeff")
    if text.strip() and all(character.isprintable() or character.isspace() for character in text):
        raise UserError(
            f"{name}: is a text file ({text.split()[0][:20]!r}...), not audio; name a WAV, FLAC, Ogg or MP3 file"
        )
    raise UserError(f"{name}: is not audio in a known format; convert it to WAV, FLAC, Ogg or MP3")


def _check_last_page(stream: BinaryIO, name: str) -> None:
    """Refuse an Ogg file that was cut, which decoders take for a shorter one."""
    end = stream.seek(0, io.SEEK_END)
    stream.seek(max(0, end - _LONGEST_PAGE))
    page = stream.read()
    page = page[max(0, page.rfind(b"OggS")) :]
    segments = page[26] if len(page) > 26 else 0
    whole = len(page) >= 27 + segments + sum(page[27 : 27 + segments])
    if len(page) < 27 or not whole or not page[5] & _LAST_PAGE:
        raise UserError(f"{name}: is a cut Ogg file (its last page is missing); copy it again")


def _soundfile(kind: str) -> Any:
    try:
        import soundfile
    except (ImportError, OSError) as error:
        # OSError: the package is there, the library that it loads is not.
        raise MissingPackageError(
            f'reading {kind} files needs soundfile; install it with: pip install "keras-s2s[audio]", or use 16-bit WAV'
        ) from error
    return soundfile


def _shown(path: object) -> str:
    name = os.fspath(path) if isinstance(path, os.PathLike) else str(path)
    name = name if name.isprintable() else ascii(name)[1:-1]
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."
