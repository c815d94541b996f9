"""Token embeddings, also used as output projection."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from keras_s2s.layers.product import product
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class ScaledEmbedding(keras.layers.Layer):
    """An embedding whose outputs have unit variance while its matrix is small enough to predict with.

    Rows are initialized with variance `1 / output_dim` and multiplied by its square root when looked up (Vaswani et al.
    2017, section 3.4). With Keras' default, inputs a thousand times smaller in variance, attention stays flat for long.

    Args:
        input_dim: number of tokens.
        output_dim: width.
        tie_weights: predict with the same matrix (Press and Wolf 2017); else with one of its own.

    Call arguments:
        inputs: token IDs `(...)`; with `reverse`, readouts `(..., output_dim)`.
        reverse: predict instead of looking up.

    Output:
        Embeddings `(..., output_dim)`; with `reverse`, logits `(..., input_dim)`.
    """

    def __init__(self, input_dim: int, output_dim: int, tie_weights: bool = True, **kwargs: Any):
        super().__init__(**kwargs)
        self.input_dim = input_dim
        self.output_dim = output_dim
        self.tie_weights = tie_weights

    def build(self, inputs_shape: tuple | None = None) -> None:
        # Both matrices have the same layout, so that whatever predicts treats tied and untied ones alike.
        settings = {
            "shape": (self.input_dim, self.output_dim),
            "initializer": keras.initializers.RandomNormal(stddev=self.output_dim**-0.5),
        }
        self.embeddings = self.add_weight(name="embeddings", **settings)
        self.projection = self.embeddings if self.tie_weights else self.add_weight(name="projection", **settings)

    def call(self, inputs: Tensor, reverse: bool = False) -> Tensor:
        if reverse:
            return product(inputs, ops.transpose(self.projection))
        # `ops.take` would allow for negative ids, at the cost of some operators on the device.
        if inputs.shape.rank == 1:
            return tf.gather(self.embeddings, inputs) * self.output_dim**0.5
        # TFLite looks 4-bit embeddings up in one row only.
        rows = tf.gather(self.embeddings, tf.reshape(inputs, (-1,))) * self.output_dim**0.5
        return tf.reshape(rows, tf.concat([tf.shape(inputs), [self.output_dim]], 0))

    def compute_output_spec(self, inputs: keras.KerasTensor, reverse: bool = False) -> keras.KerasTensor:
        shape = (*inputs.shape[:-1], self.input_dim) if reverse else (*inputs.shape, self.output_dim)
        return keras.KerasTensor(shape, self.compute_dtype)

    def get_config(self) -> dict:
        own = {"input_dim": self.input_dim, "output_dim": self.output_dim, "tie_weights": self.tie_weights}
        return super().get_config() | own
