"""From the encoder's final states to the decoder's first ones."""

from typing import Any

import keras
from keras import ops

from keras_s2s.layers.cells import States
from keras_s2s.layers.dense import Dense


@keras.saving.register_keras_serializable("keras_s2s")
class Bridge(keras.layers.Layer):
    """A dense layer with tanh for each state, so that the two sides need not agree on what a state means.

    Args:
        units: width of the decoder's states.
        context: append a context of zeros, the last state of a decoder with attention.

    Call arguments:
        finals: the encoder's final states, `(batch, encoder_units)` each.

    Output:
        The decoder's initial states, `(batch, units)` each.
    """

    def __init__(self, units: int, context: bool, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.context = context

    def build(self, finals_shape: list[tuple]) -> None:
        self.dense = [Dense(self.units, activation="tanh", name=f"state_{index}") for index in range(len(finals_shape))]
        for layer, shape in zip(self.dense, finals_shape, strict=True):
            layer.build(shape)

    def call(self, finals: States) -> States:
        states = [layer(final) for layer, final in zip(self.dense, finals, strict=True)]
        return [*states, ops.zeros_like(states[0])] if self.context else states

    def compute_output_shape(self, finals_shape: list[tuple]) -> list[tuple]:
        return [(finals_shape[0][0], self.units)] * (len(finals_shape) + self.context)

    def get_config(self) -> dict:
        return super().get_config() | {"units": self.units, "context": self.context}
