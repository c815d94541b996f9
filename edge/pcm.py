"""Sound as raw bytes."""

import io
from collections.abc import Iterator

import numpy as np

from edge.errors import UserError

# Bytes that are read at once, at most.
_AT_ONCE = 1 << 16

_SAMPLE = 2
# What files begin with that are no raw samples.
_HEADS = {b"RIFF": "a WAV file", b"fLaC": "a FLAC file", b"OggS": "an Ogg file", b"ID3": "an MP3 file"}


def pcm_blocks(stream: io.BufferedIOBase, name: str = "standard input") -> Iterator[np.ndarray]:
    """Read raw samples of one channel, 16 bits each, little-endian, as they come.

    Args:
        stream: of bytes.
        name: for messages.

    Yields:
        Blocks of samples, int16 `(samples,)`.

    Raises:
        UserError: the stream cannot be read, is empty, or is a file with a header.
    """
    rest, is_new = b"", True
    while data := _read(stream, name):
        rest += data
        if is_new and len(rest) < max(map(len, _HEADS)):
            continue
        if is_new and (kind := next((kind for head, kind in _HEADS.items() if rest.startswith(head)), None)):
            raise UserError(f"{name}: is {kind}, not raw samples; name the file instead of -")
        is_new = False
        whole = len(rest) - len(rest) % _SAMPLE
        yield np.frombuffer(rest[:whole], "<i2").astype(np.int16)
        rest = rest[whole:]
    if is_new:
        # Too short for a header.
        if len(rest) < _SAMPLE:
            raise UserError(f"{name}: holds no samples; send raw samples of 16 bits")
        yield np.frombuffer(rest[:_SAMPLE], "<i2").astype(np.int16)


def _read(stream: io.BufferedIOBase, name: str) -> bytes:
    try:
        return stream.read1(_AT_ONCE)
    except OSError as error:
        raise UserError(f"{name}: cannot be read ({error.strerror or error})") from error
