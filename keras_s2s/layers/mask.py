"""Which positions of a padded batch are real."""

from typing import Any

import keras
from keras import ops

from edge.tokenizer import PAD
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class PaddingMask(keras.layers.Layer):
    """Token ids `(batch, length)` to a boolean mask of the same shape, true where a token is not padding."""

    def call(self, tokens: Tensor) -> Tensor:
        return ops.not_equal(tokens, PAD)

    def compute_output_spec(self, tokens: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(tokens.shape, "bool")


@keras.saving.register_keras_serializable("keras_s2s")
class LengthMask(keras.layers.Layer):
    """Lengths in one unit to a boolean mask of positions in a larger one, true at real positions.

    Args:
        stride: units of the lengths in a position. A last position may be real in part only.
        more: positions behind the end that are real, too.

    Call arguments:
        lengths: int32 `(batch,)`.
        positions: any tensor `(batch, length, ...)`: what the mask is for.

    Output:
        Boolean `(batch, length)`.
    """

    def __init__(self, stride: int, more: int = 0, **kwargs: Any):
        super().__init__(**kwargs)
        self.stride = stride
        self.more = more

    def call(self, lengths: Tensor, positions: Tensor) -> Tensor:
        real = ops.floor_divide(lengths + (self.stride - 1), self.stride) + self.more
        return ops.expand_dims(ops.arange(ops.shape(positions)[1]), 0) < ops.expand_dims(real, 1)

    def compute_output_spec(self, lengths: keras.KerasTensor, positions: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(positions.shape[:2], "bool")

    def get_config(self) -> dict:
        return super().get_config() | {"stride": self.stride, "more": self.more}


@keras.saving.register_keras_serializable("keras_s2s")
class HalvedMask(keras.layers.Layer):
    """A mask `(batch, length)` of positions that were put together in pairs: a pair is real if its first one is.

    Args:
        times: how often.
    """

    def __init__(self, times: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.times = times

    def call(self, mask: Tensor) -> Tensor:
        return mask[:, :: 2**self.times]

    def get_config(self) -> dict:
        return super().get_config() | {"times": self.times}
