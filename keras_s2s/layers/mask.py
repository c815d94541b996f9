"""Which positions of a padded batch are real."""

import keras
from keras import ops

from edge.tokenizer import PAD
from keras_s2s.layers.cells import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class PaddingMask(keras.layers.Layer):
    """Token ids `(batch, length)` to a boolean mask of the same shape, true where a token is not padding."""

    def call(self, tokens: Tensor) -> Tensor:
        return ops.not_equal(tokens, PAD)

    def compute_output_spec(self, tokens: keras.KerasTensor) -> keras.KerasTensor:
        return keras.KerasTensor(tokens.shape, "bool")
