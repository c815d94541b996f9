"""Log-mel features of sound, inside the graph."""

import functools
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_s2s.tensors import Tensor

# Energies below this count as it: with samples in [-1, 1], less than the rounding noise of 16-bit sound at most rates.
# About a millionth, and a value of float16.
FLOOR = 2.0**-20

# The lowest frequency, in Hz: below it recordings hold hum and wind.
LOWEST = 20.0


@keras.saving.register_keras_serializable("keras_s2s")
class LogMel(keras.layers.Layer):
    """Natural logarithms of the energies in frequency bands that are evenly spread on the mel scale.

    A frame stands for `hop` samples, and sees `window` of them around it, through a Hann window. Behind the end of a
    recording it sees zeros, so that padding with zeros changes no frame of the recording. The Fourier transform has no
    weights: there is nothing that quantization could make coarse but the filters, see `mel_filters`.

    Args:
        rate: samples a second.
        mels: bands.
        window, hop: in samples.

    Call arguments:
        audio: `(batch, samples)` in [-1, 1].

    Output:
        `(batch, frames, mels)`; there are `samples / hop` frames, rounded up.
    """

    def __init__(self, rate: int, mels: int, window: int, hop: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.rate, self.mels, self.window, self.hop = rate, mels, window, hop

    def call(self, audio: Tensor) -> Tensor:
        before = (self.window - self.hop) // 2
        # One sample less than a whole frame behind the end: the number of frames is rounded up, and not beyond.
        padded = tf.pad(audio, [[0, 0], [before, self.window - before - 1]])
        length = fft_length(self.window)
        frames = tf.signal.frame(padded, self.window, self.hop)
        coarse, fine = hann_window(self.window)
        # Padded here: an empty batch, as a slice of a small one is, is not padded by the transform.
        frames = tf.pad(frames * coarse + frames * fine, [[0, 0], [0, 0], [0, length - self.window]])
        spectrum = tf.abs(tf.signal.rfft(frames))
        filters = tf.constant(mel_filters(self.rate, self.mels, length))
        rows = tf.matmul(tf.reshape(tf.square(spectrum), (-1, filters.shape[0])), filters)
        energies = tf.reshape(rows, tf.concat([tf.shape(spectrum)[:2], [self.mels]], axis=0))
        return tf.math.log(tf.maximum(energies, FLOOR))

    def compute_output_spec(self, audio: keras.KerasTensor) -> keras.KerasTensor:
        batch, samples = audio.shape
        return keras.KerasTensor((batch, samples and -(-samples // self.hop), self.mels), "float32")

    def get_config(self) -> dict:
        own = {"rate": self.rate, "mels": self.mels, "window": self.window, "hop": self.hop}
        return super().get_config() | own


def fft_length(window: int) -> int:
    """The smallest power of two that holds a window: the only lengths that TFLite's Fourier transform has."""
    return 1 << (window - 1).bit_length()


@functools.cache
def hann_window(length: int) -> tuple[np.ndarray, np.ndarray]:
    """A Hann window as the sum of two: float16 has the values of both, so that no form of export changes them.

    With a window rounded to float16 a loud tone would be heard in the quiet bands.

    Returns:
        float32 `(length,)` each.
    """
    window = np.sin(np.pi * np.arange(length) / length) ** 2
    coarse = window.astype(np.float16)
    fine = (window - coarse).astype(np.float16)
    return coarse.astype(np.float32), fine.astype(np.float32)


@functools.cache
def mel_filters(rate: int, mels: int, length: int) -> np.ndarray:
    """Triangles on the mel scale (Stevens et al. 1937, in O'Shaughnessy's form): energies to those of bands.

    Args:
        rate: samples a second.
        mels: bands.
        length: of the Fourier transform.

    Returns:
        float32 `(length / 2 + 1, mels)`. float16 has the same values, so that no form of export changes them; those
        with 8 bits or fewer leave this matrix alone (`keras_s2s.export.fixed`).
    """
    edges = 700.0 * (10.0 ** (np.linspace(_mel(LOWEST), _mel(rate / 2), mels + 2) / 2595.0) - 1.0)
    frequencies = np.linspace(0.0, rate / 2, length // 2 + 1)[:, None]
    below, center, above = edges[:-2], edges[1:-1], edges[2:]
    triangles = np.minimum((frequencies - below) / (center - below), (above - frequencies) / (above - center))
    return np.maximum(triangles, 0.0).astype(np.float16).astype(np.float32)


def _mel(frequency: float) -> float:
    return 2595.0 * np.log10(1.0 + frequency / 700.0)
