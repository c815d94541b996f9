"""Sound for the tests of recordings: tones, written by soundfile."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

WriteTone = Callable[..., Path]


@pytest.fixture(scope="session")
def write_tone() -> WriteTone:
    """Writes a sine of amplitude 0.5. The format is that of the name, or of soundfile's options."""

    def write(path: Path, seconds: float, rate: int = 16000, frequency: float = 440.0, **options: object) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        samples = 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
        soundfile.write(path, samples, rate, **options)
        return path

    return write
