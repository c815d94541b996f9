"""From frames of features to fewer, wider positions."""

from typing import Any

import keras
from keras import ops

from keras_s2s.tensors import Tensor

# Positions of the input that become one.
FACTOR = 4


@keras.saving.register_keras_serializable("keras_s2s")
class Subsampling(keras.layers.Layer):
    """Two convolutions over time and features, with a stride of 2 each, as in the encoder of Watanabe et al. (2018).

    Padding changes nothing: it is zero before each convolution, and each reads one position beyond the ends.

    Args:
        filters: of both convolutions.

    Call arguments:
        inputs: `(batch, length, features)`, zero at padding.
        mask: boolean `(batch, length)`, true at real positions.

    Output:
        `(batch, length / 4, filters * features / 4)`, both divisions rounded up; zero at padding.
    """

    def __init__(self, filters: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.filters = filters
        self.convolutions = [
            keras.layers.Conv2D(filters, 3, 2, activation="relu", kernel_initializer="he_normal", name=f"conv_{index}")
            for index in range(2)
        ]
        # As much before as behind, whatever the length is: padding "same" depends on whether it is even.
        self.edge = keras.layers.ZeroPadding2D(1)

    def build(self, inputs_shape: tuple, mask_shape: tuple | None = None) -> None:
        self.convolutions[0].build((*inputs_shape, 1))
        self.convolutions[1].build((None, None, None, self.filters))

    def call(self, inputs: Tensor, mask: Tensor) -> Tensor:
        x = ops.expand_dims(inputs, -1)
        for convolution in self.convolutions:
            x, mask = convolution(self.edge(x)), mask[:, ::2]
            x *= ops.cast(ops.expand_dims(ops.expand_dims(mask, -1), -1), x.dtype)
        batch, length, features, _ = ops.shape(x)
        return ops.reshape(x, (batch, length, features * self.filters))

    def compute_output_spec(self, inputs: keras.KerasTensor, mask: keras.KerasTensor) -> keras.KerasTensor:
        batch, length, features = inputs.shape
        width = self.filters * -(-features // FACTOR)
        return keras.KerasTensor((batch, length and -(-length // FACTOR), width), inputs.dtype)

    def get_config(self) -> dict:
        return super().get_config() | {"filters": self.filters}
