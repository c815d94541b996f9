"""WAV files of plain samples, read with NumPy alone."""

import io
import struct
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from edge.errors import UserError

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# What follows the encoding's number in the subformat of an extensible header.
_SUBFORMAT = bytes.fromhex("000000001000800000aa00389b71")
# Bytes per sample.
_WIDTHS = {_PCM: (1, 2, 3, 4), _FLOAT: (4, 8)}

# Programs that write to a pipe cannot know the size. They write 0, 0x7FFFF000 (SoX), 0x80000000 (arecord) or
# 0xFFFFFFFF (FFmpeg); the samples end with the file.
_LEAST_UNKNOWN_SIZE = 0x7FFF0000


@dataclass(frozen=True)
class WaveFile:
    """An open WAV file: PCM of 8, 16, 24 or 32 bits, or floats of 32 or 64 bits.

    Attributes:
        stream: the file, seekable.
        name: of the file, for messages.
        rate: samples per second.
        channels: number of channels.
        frames: samples per channel.
        is_float: samples are floats; else integers.
        width: bytes per sample.
        start: position of the first sample in bytes.
    """

    stream: BinaryIO
    name: str
    rate: int
    channels: int
    frames: int
    is_float: bool
    width: int
    start: int

    def read(self, start: int, frames: int) -> np.ndarray:
        """Return samples as float32 `(frames, channels)`, in [-1, 1] if they were integers.

        Args:
            start: the first frame.
            frames: number of frames, all of them inside the file.

        Raises:
            UserError: the file has changed since it was opened.
        """
        size = self.width * self.channels
        self.stream.seek(self.start + start * size)
        data = self.stream.read(frames * size)
        if len(data) != frames * size:
            raise UserError(f"{self.name}: became shorter while it was read; read it again when it is complete")
        return self._floats(data).reshape(frames, self.channels)

    def _floats(self, data: bytes) -> np.ndarray:
        if self.is_float:
            return np.frombuffer(data, f"<f{self.width}").astype(np.float32)
        if self.width == 1:
            # The only unsigned encoding.
            return (np.frombuffer(data, np.uint8).astype(np.float32) - 128.0) / 128.0
        if self.width == 3:
            padded = np.zeros((len(data) // 3, 4), np.uint8)
            padded[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            return padded.view("<i4")[:, 0].astype(np.float32) / 2.0**31
        return np.frombuffer(data, f"<i{self.width}").astype(np.float32) / 2.0 ** (8 * self.width - 1)


def open_wave(stream: BinaryIO, name: str) -> WaveFile | None:
    """Read the header of a WAV file.

    Args:
        stream: the file, seekable, at its start.
        name: what messages call it.

    Returns:
        The file; None if its samples are compressed or of a kind that needs another reader.

    Raises:
        UserError: the file is damaged, or shorter than its header says.
    """
    end = stream.seek(0, io.SEEK_END)
    stream.seek(4)
    (whole,) = struct.unpack("<I", _exactly(stream, 4, name))
    stream.seek(12)
    form = None
    while header := stream.read(8):
        if len(header) < 8:
            break
        kind, size = struct.unpack("<4sI", header)
        start = stream.tell()
        if kind == b"data":
            if form is None:
                raise _damaged(name, "the sound comes before its format")
            if (size == 0 and whole + 8 != end) or size >= _LEAST_UNKNOWN_SIZE:
                size = end - start
            return _wave(stream, name, form, start, size, end - start)
        if kind == b"fmt ":
            form = _exactly(stream, min(size, 40), name)
        stream.seek(start + size)
        # Chunks of odd size are followed by a zero, which some programs leave out.
        if size % 2 and stream.read(1) != b"\0":
            stream.seek(start + size)
    raise _damaged(name, "it ends before the sound begins")


def _wave(stream: BinaryIO, name: str, form: bytes, start: int, size: int, there: int) -> WaveFile | None:
    if len(form) < 16:
        raise _damaged(name, f"the format has {len(form)} bytes, not 16 or more")
    code, channels, rate, _, block, bits = struct.unpack("<HHIIHH", form[:16])
    if code == _EXTENSIBLE and len(form) == 40 and form[26:] == _SUBFORMAT:
        (code,) = struct.unpack("<H", form[24:26])
    if size > there:
        raise UserError(f"{name}: is cut: {there:,} of {size:,} bytes of sound are there; copy or record it again")
    if code not in _WIDTHS:
        return None
    if not channels or not rate or not bits or block % channels or 8 * block < bits * channels:
        raise _damaged(
            name, f"the header says {channels} channels, {rate} Hz, {bits} bits per sample, {block} bytes per frame"
        )
    width = block // channels
    if width not in _WIDTHS[code]:
        return None
    return WaveFile(stream, name, rate, channels, size // block, code == _FLOAT, width, start)


def _exactly(stream: BinaryIO, size: int, name: str) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise _damaged(name, "it ends before the sound begins")
    return data


def _damaged(name: str, why: str) -> UserError:
    return UserError(f"{name}: is a damaged WAV file: {why}; copy or record it again")
