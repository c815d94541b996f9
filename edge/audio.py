"""Audio files and arrays to what networks read: float32 samples of one channel, at the network's rate.

WAV files at that rate need NumPy alone. Other formats need soundfile, other rates soxr: the extra `audio`.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from edge.audio_file import MAX_CHANNELS, AudioFile, AudioSource, open_audio
from edge.errors import MissingPackageError, UserError

# Floats beyond full scale are accepted: mixers and decoders make them. Far beyond are integers stored as floats.
_LARGEST = 16.0

# Samples that are read at once, of all channels: 4 MB as float32.
_BLOCK = 1 << 20


def read_audio(
    source: AudioSource, rate: int | None = None, *, offset: float = 0.0, duration: float | None = None
) -> tuple[np.ndarray, int]:
    """Read an audio file, or a part of it.

    Args:
        source: a path, or a binary stream at its start.
        rate: samples per second of the result; None keeps the file's rate.
        offset: seconds to skip.
        duration: seconds to read, fewer if the file ends before; None reads to the end.

    Returns:
        float32 `(samples,)`, the mean of all channels, and its rate. Samples are in [-1, 1]; those of files of
        floats, and resampled ones, may exceed it.

    Raises:
        UserError: the file cannot be used, has no sound there, or needs a package that is not installed.
    """
    with open_audio(source) as file:
        rate = rate or file.rate
        return np.concatenate(list(_blocks(file, rate, _BLOCK, offset, duration))), rate


def audio_blocks(source: AudioSource, rate: int, seconds: float = 30.0) -> Iterator[np.ndarray]:
    """Read an audio file of any length in bounded memory.

    Args:
        source: a path, or a binary stream at its start.
        rate: samples per second of the result.
        seconds: length of a block, about.

    Yields:
        Blocks that follow each other without a gap, float32 `(samples,)`: parts of what `read_audio` returns.

    Raises:
        UserError: as `read_audio`. A damaged place is found when it is reached.
    """
    with open_audio(source) as file:
        yield from _blocks(file, rate, round(seconds * file.rate))


def audio_seconds(source: AudioSource) -> float:
    """Return the length of an audio file in seconds. Only its header is read.

    Args:
        source: a path, or a binary stream at its start.

    Raises:
        UserError: the file cannot be used, or needs a package that is not installed.
    """
    with open_audio(source) as file:
        return file.frames / file.rate


def resample(audio: np.ndarray, rate: float, to: float) -> np.ndarray:
    """Return audio at another rate.

    Args:
        audio: float32 `(samples,)`.
        rate: samples per second.
        to: samples per second of the result.

    Returns:
        float32 `(samples * to / rate,)`, rounded.

    Raises:
        UserError: the rates differ, and soxr is not installed.
    """
    return audio if rate == to else _soxr(rate, to).resample(audio, rate, to)


def resample_blocks(blocks: Iterable[np.ndarray], rate: int, to: int) -> Iterator[np.ndarray]:
    """Resample a stream.

    Args:
        blocks: float32 `(samples,)` each, one after the other.
        rate: samples per second.
        to: samples per second of the result.

    Yields:
        Blocks that follow each other without a gap, float32 `(samples,)`.

    Raises:
        UserError: as `resample`.
    """
    if rate == to:
        yield from blocks
        return
    resampler = _soxr(rate, to).ResampleStream(rate, to, 1, dtype="float32")
    for block in blocks:
        yield resampler.resample_chunk(block)
    yield resampler.resample_chunk(np.empty(0, np.float32), last=True)


def to_mono_float(audio: np.ndarray) -> np.ndarray:
    """Bring samples into the form that networks read.

    Args:
        audio: `(samples,)` or `(samples, channels)`: floats in [-1, 1], int16, int32 or uint8 (128 is silence).

    Returns:
        float32 `(samples,)`, the mean of all channels.

    Raises:
        UserError: the array has another form, or values that are no samples.
    """
    audio = np.asarray(audio)
    if audio.ndim not in (1, 2) or (audio.ndim == 2 and not 0 < audio.shape[1] <= MAX_CHANNELS):
        raise UserError(f"audio is (samples,) or (samples, channels), not {audio.shape}; reshape or transpose it")
    if audio.dtype == np.uint8:
        floats = (audio.astype(np.float32) - 128.0) / 128.0
    elif audio.dtype in (np.int16, np.int32):
        floats = audio.astype(np.float32) / 2.0 ** (8 * audio.itemsize - 1)
    elif np.issubdtype(audio.dtype, np.floating):
        floats = audio.astype(np.float32)
    else:
        raise UserError(f"audio is of floats, int16, int32 or uint8, not of {audio.dtype}; convert it")
    mono = floats if floats.ndim == 1 else floats.mean(axis=1, dtype=np.float32)
    usable = np.abs(mono) <= _LARGEST
    if not usable.all():
        raise UserError(f"audio of floats has samples in [-1, 1], not {mono[~usable][0]:g}; convert it")
    return mono


def _blocks(
    file: AudioFile, rate: int, size: int, offset: float = 0.0, duration: float | None = None
) -> Iterator[np.ndarray]:
    """Parts of a file, each made from at most `size` of its frames."""
    if not file.frames:
        raise UserError(f"{file.name}: holds no sound; copy or record it again")
    start = round(offset * file.rate)
    end = file.frames if duration is None else min(file.frames, start + round(duration * file.rate))
    if not 0 <= start < end:
        asked = "" if duration is None else f" and a duration of {duration:g} s"
        length = file.frames / file.rate
        raise UserError(f"{file.name}: is {length:g} s long; an offset of {offset:g} s{asked} leaves no sound of it")
    size = min(max(size, 1), max(_BLOCK // file.channels, 1))
    yield from resample_blocks(_mono_blocks(file, start, end, size), file.rate, rate)


def _mono_blocks(file: AudioFile, start: int, end: int, size: int) -> Iterator[np.ndarray]:
    for position in range(start, end, size):
        samples = file.read(position, min(size, end - position))
        try:
            yield to_mono_float(samples)
        except UserError as error:
            raise UserError(f"{file.name}: {error}") from error


def _soxr(rate: float, to: float) -> Any:
    try:
        import soxr
    except (ImportError, OSError) as error:
        raise MissingPackageError(
            f"audio of {rate:g} Hz for a model of {to:g} Hz needs soxr to resample it; "
            'install it with: pip install "keras-s2s[audio]"'
        ) from error
    return soxr
