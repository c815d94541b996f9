"""Speech synthesis with eSpeak NG, through ctypes."""

import ctypes
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np

from edge.errors import MissingPackageError, UserError

# Of espeak-ng/speak_lib.h.
_SYNCHRONOUS, _RATE, _PITCH, _RANGE, _UTF8, _CHARACTERS = 2, 1, 3, 4, 1, 1
# Fail instead of ending the process where data are missing.
_DONT_EXIT = 0x8000

_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Synthesizer:
    """eSpeak NG. Open it with `open_synthesizer`.

    Attributes:
        rate: samples per second.

    Args:
        library: path of the shared library.
        data: path of its data.

    Raises:
        OSError: the library cannot be loaded, or its data cannot be read.
    """

    def __init__(self, library: Path, data: Path):
        self._library = ctypes.CDLL(str(library))
        self._blocks: list[np.ndarray] = []
        # Kept: the library calls it as long as it is loaded.
        self._callback = _Callback(self._receive)
        self.rate: int = self._library.espeak_Initialize(_SYNCHRONOUS, 0, os.fsencode(data), _DONT_EXIT)
        if self.rate <= 0:
            raise OSError(f"its data in {data} cannot be read")
        self._library.espeak_SetSynthCallback(self._callback)
        # Noise in some voices comes from a generator of its own, in others from that of the C library.
        self._library.espeak_ng_SetRandSeed(ctypes.c_long(1))
        if os.name == "posix":
            ctypes.CDLL(None).srand(1)

    def speak(self, text: str, voice: str, words_per_minute: int, pitch: int, intonation: int) -> np.ndarray:
        """Return a spoken text.

        Args:
            text: what to say.
            voice: language and variant, for example `en-us+f2`.
            words_per_minute: the speed, from 80 to 450.
            pitch: from 0 to 99; 50 is the voice's own.
            intonation: range of the pitch, from 0 (monotone) to 99; 50 is the voice's own.

        Returns:
            float32 `(samples,)` in [-1, 1].

        Raises:
            ValueError: there is no such voice.
        """
        if self._library.espeak_SetVoiceByName(voice.encode()):
            raise ValueError(f"eSpeak NG has no voice {voice}")
        for parameter, value in ((_RATE, words_per_minute), (_PITCH, pitch), (_RANGE, intonation)):
            self._library.espeak_SetParameter(parameter, value, 0)
        self._blocks.clear()
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, ctypes.c_size_t(len(data)), 0, _CHARACTERS, 0, _UTF8, None, None)
        return np.concatenate([np.zeros(0, np.int16), *self._blocks]).astype(np.float32) / 32768.0

    def _receive(self, samples: ctypes._Pointer, count: int, events: int) -> int:
        if samples and count > 0:
            self._blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0


@contextmanager
def open_synthesizer() -> Iterator[Synthesizer]:
    """Open eSpeak NG anew: the same calls give the same sound.

    Raises:
        UserError: the package espeakng-loader is missing, or does not work on this system.
    """
    try:
        import espeakng_loader
    except ImportError as error:
        raise MissingPackageError(
            'synthesizing speech needs espeakng-loader; install it with: pip install "keras-s2s[train]"'
        ) from error
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        try:
            # What it says depends on what it said before. A copy of the library begins anew.
            original = Path(espeakng_loader.get_library_path())
            library = Path(shutil.copy(original, Path(folder, original.name)))
            data = Path(espeakng_loader.get_data_path())
            # It has no room for more than 160 characters of a path.
            with suppress(OSError):
                link = Path(folder, data.name)
                link.symlink_to(data)
                data = link
            synthesizer = Synthesizer(library, data)
        except (OSError, AttributeError, RuntimeError) as error:
            # AttributeError: the library is of an older version.
            raise UserError(
                f"eSpeak NG of the package espeakng-loader does not work here ({error}); use recordings instead"
            ) from error
        yield synthesizer
