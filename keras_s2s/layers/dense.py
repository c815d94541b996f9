"""A dense layer that multiplies as all other layers do."""

import keras

from keras_s2s.layers.product import product
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class Dense(keras.layers.Dense):
    """`keras.layers.Dense` in the precision of products."""

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        outputs = product(inputs, self.kernel)
        if self.bias is not None:
            outputs = outputs + self.bias
        return outputs if self.activation is None else self.activation(outputs)
