"""Random changes of a recording while a network trains on it: speed, loudness and noise."""

from typing import Annotated

import numpy as np
from pydantic import Field

from edge.audio import resample
from keras_s2s.config import Settings

# Signal-to-noise ratios are random, from `snr` to this many dB above it.
_SNR_RANGE = 30.0


class SoundAugment(Settings):
    """How recordings are changed while a network trains on them.

    Attributes:
        speed: play faster or slower by up to this fraction; the pitch changes, too.
        gain: amplify or attenuate by up to this many dB.
        noise: fraction of the recordings to which white or pink noise is added.
        snr: lowest signal-to-noise ratio in dB. Ratios are uniform from it to 30 dB above it.
    """

    speed: Annotated[float, Field(ge=0.0, le=0.5)] = 0.1
    gain: Annotated[float, Field(ge=0.0, le=40.0)] = 10.0
    noise: Annotated[float, Field(ge=0.0, le=1.0)] = 0.5
    snr: Annotated[float, Field(ge=-10.0, le=60.0)] = 10.0

    def factor(self, random: np.random.Generator) -> float:
        """Return a factor of the speed: a recording becomes shorter by it."""
        # Whole percent: a ratio of small integers is resampled twice as fast.
        return round(random.uniform(1.0 - self.speed, 1.0 + self.speed), 2)

    def apply(self, audio: np.ndarray, factor: float, random: np.random.Generator) -> np.ndarray:
        """Return a changed recording.

        Args:
            audio: float32 `(samples,)`.
            factor: of the speed, in whole percent.
            random: source of all other draws.

        Returns:
            float32 `(samples / factor,)` in [-1, 1].
        """
        # Resampled to another rate and played at the old one.
        audio = resample(audio, round(100 * factor), 100)
        if random.random() < self.noise:
            ratio = random.uniform(self.snr, self.snr + _SNR_RANGE)
            level = np.sqrt(np.mean(np.square(audio))) * 10.0 ** (-ratio / 20.0)
            audio = audio + np.float32(level) * noise(len(audio), random.random() < 0.5, random)
        gain = 10.0 ** (random.uniform(-self.gain, self.gain) / 20.0)
        return np.clip(np.float32(gain) * audio, -1.0, 1.0)


def noise(samples: int, pink: bool, random: np.random.Generator) -> np.ndarray:
    """Return white noise, or pink noise (equal power per octave).

    Args:
        samples: number of samples.
        pink: pink noise.
        random: source of the noise.

    Returns:
        float32 `(samples,)` with a mean square of 1.
    """
    if not pink:
        return random.standard_normal(samples, dtype=np.float32)
    # A power of two, which the Fourier transform is fast for.
    size = 1 << max(1, samples - 1).bit_length()
    spectrum = np.fft.rfft(random.standard_normal(size, dtype=np.float32))
    spectrum[0] = 0.0
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    values = np.fft.irfft(spectrum, size)[:samples]
    return (values / np.sqrt(np.mean(np.square(values)))).astype(np.float32)
