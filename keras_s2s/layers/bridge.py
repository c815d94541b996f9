"""From the encoder's final states to the decoder's first ones."""

from typing import Any

import keras
from keras import ops

from keras_s2s.layers.cells import States
from keras_s2s.layers.dense import Dense
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class Bridge(keras.layers.Layer):
    """A dense layer with tanh for each state, so that the two sides need not agree on what a state means.

    Args:
        units: width of the decoder's states.
        context: append a context of zeros, a state of every decoder with attention.
        alignment: append an alignment of zeros, too, for an attention that reads it.

    Call arguments:
        finals: the encoder's final states, `(batch, encoder_units)` each.
        mask: boolean `(batch, source_length)`, with an alignment.

    Output:
        The decoder's initial states, `(batch, units)` each; an alignment is `(batch, source_length)`.
    """

    def __init__(self, units: int, context: bool, alignment: bool = False, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units
        self.context = context
        self.alignment = alignment

    def build(self, finals_shape: list[tuple], mask_shape: tuple | None = None) -> None:
        self.dense = [Dense(self.units, activation="tanh", name=f"state_{index}") for index in range(len(finals_shape))]
        for layer, shape in zip(self.dense, finals_shape, strict=True):
            layer.build(shape)

    def call(self, finals: States, mask: Tensor | None = None) -> States:
        states = [layer(final) for layer, final in zip(self.dense, finals, strict=True)]
        if self.context:
            states.append(ops.zeros_like(states[0]))
        if self.alignment:
            states.append(ops.zeros_like(mask, dtype=states[0].dtype))
        return states

    def compute_output_spec(
        self, finals: list[keras.KerasTensor], mask: keras.KerasTensor | None = None
    ) -> list[keras.KerasTensor]:
        count = len(finals) + self.context
        specs = [keras.KerasTensor((finals[0].shape[0], self.units), finals[0].dtype) for _ in range(count)]
        if self.alignment and mask is not None:
            specs.append(keras.KerasTensor(mask.shape, finals[0].dtype))
        return specs

    def get_config(self) -> dict:
        return super().get_config() | {"units": self.units, "context": self.context, "alignment": self.alignment}
