"""Piece embeddings that learn quickly."""

import keras
from keras import ops

from keras_s2s.layers.cells import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class ScaledEmbedding(keras.layers.ReversibleEmbedding):
    """An embedding whose outputs have unit variance while its matrix is small enough to predict with.

    Rows are drawn with variance `1 / output_dim` and multiplied by its square root when looked up (Vaswani et al. 2017,
    section 3.4). With Keras' default, inputs a thousand times smaller in variance, the attention stays flat for long.

    Args:
        input_dim: number of pieces.
        output_dim: width.
        tie_weights: predict with the same matrix; else with one of its own.

    Call arguments:
        inputs: piece ids `(...)`; with `reverse`, readouts `(..., output_dim)`.
        reverse: predict instead of looking up.

    Output:
        Embeddings `(..., output_dim)`; with `reverse`, logits `(..., input_dim)`.
    """

    def __init__(self, input_dim: int, output_dim: int, tie_weights: bool = True, **kwargs):
        initializer = keras.initializers.RandomNormal(stddev=output_dim**-0.5)
        kwargs.setdefault("embeddings_initializer", initializer)
        super().__init__(input_dim, output_dim, tie_weights, **kwargs)

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        outputs = super().call(inputs, reverse)
        return outputs if reverse else outputs * ops.cast(self.output_dim**0.5, outputs.dtype)
