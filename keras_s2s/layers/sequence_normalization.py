"""Normalization of features over the length of a sequence."""

import keras
from keras import ops

from keras_s2s.tensors import Tensor

# Added to the variance: a band in which nothing happens is not blown up to noise.
_LEAST_VARIANCE = 0.01


@keras.saving.register_keras_serializable("keras_s2s")
class SequenceNormalization(keras.layers.Layer):
    """Gives each feature of each sequence mean 0 and variance 1 over its real positions.

    What is the same at all positions, as the loudness of a recording and the sound of a microphone are in log-mel
    features, is gone then.

    Call arguments:
        inputs: `(batch, length, features)`.
        mask: boolean `(batch, length)`, true at real positions; one at least.

    Output:
        `(batch, length, features)`, zero at padding.
    """

    def call(self, inputs: Tensor, mask: Tensor) -> Tensor:
        real = ops.expand_dims(ops.cast(mask, inputs.dtype), -1)
        count = ops.sum(real, axis=1, keepdims=True)
        centered = (inputs - ops.sum(inputs * real, axis=1, keepdims=True) / count) * real
        variance = ops.sum(ops.square(centered), axis=1, keepdims=True) / count
        return centered * ops.rsqrt(variance + _LEAST_VARIANCE)

    def compute_output_spec(self, inputs: keras.KerasTensor, mask: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(inputs.shape, inputs.dtype)
