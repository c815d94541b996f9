"""One recurrent layer."""

from typing import Any

import keras
from keras import ops

from keras_s2s.layers.cells import CELLS, Cell, States
from keras_s2s.layers.product import product
from keras_s2s.layers.scan import scan
from keras_s2s.layers.training_scan import training_scan
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class Recurrent(keras.layers.Layer):
    """A recurrent layer in one direction whose result does not depend on padding.

    At padded positions the states stay as they are. So the final states are those after the last real token, and a
    backward layer, which meets the padding first, starts at the last real token.

    Sequences are time-major: each step then reads a block of memory, and writes one.

    Args:
        units: width of the states.
        cell: a key of `CELLS`.
        backwards: read the sequence from its end. Outputs stay where their input was.
        feed: size of a further input of each step: the decoder's context.
        dropout: recurrent (variational) dropout rate; one mask for all positions of a sentence (Gal and Ghahramani
            2016).

    Call arguments:
        inputs: `(length, batch, width)`.
        mask: boolean `(length, batch)`, true at real positions.

    Output:
        Outputs `(length, batch, units)` and the list of final states, `(batch, units)` each.
    """

    def __init__(
        self,
        units: int,
        cell: str = "lstm",
        backwards: bool = False,
        feed: int = 0,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.units = units
        self.feed = feed
        self.dropout = keras.layers.Dropout(dropout)
        self.cell_name = cell
        self.cell: Cell = CELLS[cell]
        self.backwards = backwards

    def build(self, inputs_shape: tuple, mask_shape: tuple | None = None) -> None:
        width = self.cell.gates * self.units
        self.kernel = self.add_weight(shape=(inputs_shape[-1], width), initializer="glorot_uniform", name="kernel")
        # What is fed is multiplied together with the output: one product of twice the width is the faster one.
        self.recurrent_kernel = self.add_weight(
            shape=(self.units + self.feed, width), initializer=self.initial_recurrent, name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(width,), initializer=self.initial_bias, name="bias")

    def initial_recurrent(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Orthogonal for the output (Saxe et al. 2014), as for inputs for what is fed."""
        kernel = keras.initializers.Orthogonal()((self.units, shape[1]), dtype)
        if not self.feed:
            return kernel
        return ops.concatenate([kernel, keras.initializers.GlorotUniform()((self.feed, shape[1]), dtype)], axis=0)

    def initial_bias(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Zeros, but one for the forget gate of an LSTM (Jozefowicz et al. 2015)."""
        bias = ops.zeros(shape, dtype)
        if self.cell_name == "lstm":
            return ops.slice_update(bias, [self.units], ops.ones((self.units,), dtype))
        return bias

    def project(self, inputs: Tensor) -> Tensor:
        """What inputs `(..., width)` contribute to the gates, `(..., gates * units)`."""
        return product(inputs, self.kernel) + self.bias

    def advance(
        self, projected: Tensor, states: States, fed: Tensor | None = None, mask: Tensor | None = None
    ) -> States:
        """One step.

        Args:
            projected: projected inputs, `(batch, gates * units)`.
            states: `(batch, units)` each.
            fed: `(batch, feed)`.
            mask: made by `dropout_masks`; none outside of training.

        Returns:
            The next states.
        """
        read = states[0] if fed is None else ops.concatenate([states[0], fed], axis=-1)
        if mask is not None:
            read *= mask
        return self.cell.advance(projected, product(read, self.recurrent_kernel), states)

    def dropout_masks(self, state: Tensor) -> list[Tensor]:
        """A mask `(batch, units + feed)` for all steps of a sentence; none if nothing is dropped.

        Args:
            state: any state, `(batch, units)`.
        """
        if not self.dropout.rate:
            return []
        ones = ops.ones((ops.shape(state)[0], self.units + self.feed))
        return [self.dropout(ones, training=True)]

    def call(self, inputs: Tensor, mask: Tensor, training: bool = False) -> tuple[Tensor, States]:
        def step(states: States, slices: list[Tensor], masks: list[Tensor]) -> States:
            projected, real = slices
            after = self.advance(projected, states, mask=masks[0] if masks else None)
            return [ops.where(real, new, old) for new, old in zip(after, states, strict=True)]

        projected = self.project(inputs)
        zeros = ops.zeros_like(projected[0, :, : self.units])
        states, sequences = [zeros] * self.cell.states, [projected, ops.expand_dims(mask, -1)]
        if training:
            masks, kernels = self.dropout_masks(zeros), [self.recurrent_kernel]
            (outputs,), states = training_scan(step, states, sequences, masks, [0], kernels, [], self.backwards)
        else:
            (outputs,), states = scan(step, states, sequences, [], [0], self.backwards)
        return outputs, states

    def compute_output_shape(self, inputs_shape: tuple, mask_shape: tuple | None = None) -> tuple[tuple, list[tuple]]:
        length, batch = inputs_shape[:2]
        return (length, batch, self.units), [(batch, self.units)] * self.cell.states

    def get_config(self) -> dict:
        return super().get_config() | {
            "units": self.units,
            "cell": self.cell_name,
            "backwards": self.backwards,
            "feed": self.feed,
            "dropout": self.dropout.rate,
        }
