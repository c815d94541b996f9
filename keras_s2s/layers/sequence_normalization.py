"""Normalization of features over the length of a sequence."""

from typing import Any

import keras
from keras import ops

from keras_s2s.tensors import Tensor

# Added to the variance: features in which nothing happens are not blown up to noise.
_LEAST_VARIANCE = 0.01


@keras.saving.register_keras_serializable("keras_s2s")
class SequenceNormalization(keras.layers.Layer):
    """Gives each feature of each sequence about mean 0 and variance 1 over its real positions.

    What is the same at all positions, as the loudness of a recording and the sound of a microphone are in log-mel
    features, is gone then. In a short sequence the mean of a feature is rather what is said than how it sounds: mean
    and variance are those of its own values and of `prior` more, which have the mean and variance of all features
    together.

    Args:
        prior: positions that the mean and variance of all features count for.

    Call arguments:
        inputs: `(batch, length, features)`.
        mask: boolean `(batch, length)`, true at real positions; one at least.

    Output:
        `(batch, length, features)`, zero at padding.
    """

    def __init__(self, prior: float = 0.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.prior = prior

    def call(self, inputs: Tensor, mask: Tensor) -> Tensor:
        real = ops.expand_dims(ops.cast(mask, inputs.dtype), -1)
        count = ops.sum(real, axis=1, keepdims=True)
        own = _mean(inputs, real, count)
        share = count / (count + self.prior)
        mean = share * own + (1.0 - share) * ops.mean(own, axis=-1, keepdims=True)
        centered = (inputs - mean) * real
        own = _mean(ops.square(centered), real, count)
        variance = share * own + (1.0 - share) * ops.mean(own, axis=-1, keepdims=True)
        return centered * ops.rsqrt(variance + _LEAST_VARIANCE)

    def get_config(self) -> dict:
        return super().get_config() | {"prior": self.prior}

    def compute_output_spec(self, inputs: keras.KerasTensor, mask: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, inputs.dtype)


def _mean(inputs: Tensor, real: Tensor, count: Tensor) -> Tensor:
    """Mean over the real positions, corrected by the mean of what is left.

    TFLite adds up one value after the other: a sum of thousands of values far from zero loses digits in float32.
    """
    mean = ops.sum(inputs * real, axis=1, keepdims=True) / count
    return mean + ops.sum((inputs - mean) * real, axis=1, keepdims=True) / count
