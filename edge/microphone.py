"""Sound of the microphone, through sounddevice: the extra `microphone`."""

import queue
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from edge.audio import resample_blocks
from edge.errors import UserError

# Blocks per second, and seconds that are kept while the recognizer is busy.
_BLOCKS, _KEPT = 10, 60
# Seconds after which Ctrl-C is looked for: on Windows nothing interrupts waiting.
_WAIT = 0.5


def microphone_blocks(rate: int) -> Iterator[np.ndarray]:
    """Read the default microphone until the generator is closed.

    Args:
        rate: samples per second of the result; soxr resamples if the microphone has no such rate.

    Yields:
        Blocks that follow each other, float32 `(samples,)`.

    Raises:
        UserError: sounddevice or its library is not installed, or no microphone can be opened.
    """
    sounddevice = _sounddevice()
    try:
        own = _rate(sounddevice, rate)
        yield from resample_blocks(_blocks(sounddevice, own), own, rate)
    except (sounddevice.PortAudioError, ValueError) as error:
        raise UserError(
            f"--microphone: no microphone can be opened ({error}); connect one, and allow its use"
        ) from error


def _blocks(sounddevice: Any, rate: int) -> Iterator[np.ndarray]:
    kept: queue.Queue[np.ndarray] = queue.Queue(_KEPT * _BLOCKS)

    def keep(samples: np.ndarray, *_: object) -> None:
        try:
            kept.put_nowait(samples[:, 0].copy())
        except queue.Full:
            warnings.warn("the recognizer is slower than speech: sound of the microphone is lost", stacklevel=1)

    with sounddevice.InputStream(rate, rate // _BLOCKS, channels=1, dtype="float32", callback=keep):
        while True:
            try:
                yield kept.get(timeout=_WAIT)
            except queue.Empty:
                continue


def _rate(sounddevice: Any, rate: int) -> int:
    """The rate itself if the microphone has it, else one that it has."""
    default = int(sounddevice.query_devices(kind="input")["default_samplerate"])
    try:
        sounddevice.check_input_settings(channels=1, dtype="float32", samplerate=rate)
    except (sounddevice.PortAudioError, ValueError):
        return default
    return rate


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise UserError(
            '--microphone: needs sounddevice; install it with: pip install "keras-s2s[microphone]"'
        ) from error
    except OSError as error:
        # The package is there, the library that it loads is not.
        raise UserError(
            f"--microphone: needs the PortAudio library ({error}); install it, for example with: "
            "apt-get install libportaudio2"
        ) from error
    return sounddevice
