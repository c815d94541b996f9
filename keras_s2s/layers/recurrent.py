"""One recurrent layer."""

import keras
from keras import ops

from keras_s2s.layers.cells import CELLS, Cell, States, Tensor
from keras_s2s.layers.scan import product, scan
from keras_s2s.layers.training_scan import training_scan


@keras.saving.register_keras_serializable("keras_s2s")
class Recurrent(keras.layers.Layer):
    """A recurrent layer in one direction whose result does not depend on padding.

    At padded positions the states stay as they are. So the final states are those after the last real token, and a
    backward layer, which meets the padding first, starts at the last real token.

    Args:
        units: width of the states.
        cell: a key of `CELLS`.
        backwards: read the sequence from its end. Outputs stay where their input was.

    Call arguments:
        inputs: `(batch, length, width)`.
        mask: boolean `(batch, length)`, true at real positions.

    Output:
        Outputs `(batch, length, units)` and the list of final states, `(batch, units)` each.
    """

    def __init__(self, units: int, cell: str = "lstm", backwards: bool = False, **kwargs):
        super().__init__(**kwargs)
        self.units = units
        self.cell_name = cell
        self.cell: Cell = CELLS[cell]
        self.backwards = backwards

    def build(self, inputs_shape: tuple, mask_shape: tuple | None = None) -> None:
        width = self.cell.gates * self.units
        self.kernel = self.add_weight(shape=(inputs_shape[-1], width), initializer="glorot_uniform", name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, width), initializer="orthogonal", name="recurrent_kernel"
        )
        self.bias = self.add_weight(shape=(width,), initializer=self.initial_bias, name="bias")

    def initial_bias(self, shape: tuple, dtype: str | None = None) -> Tensor:
        """Zeros, but one for the forget gate of an LSTM (Jozefowicz et al. 2015)."""
        bias = ops.zeros(shape, dtype)
        if self.cell_name == "lstm":
            return ops.slice_update(bias, [self.units], ops.ones((self.units,), dtype))
        return bias

    def project(self, inputs: Tensor) -> Tensor:
        """What inputs `(..., width)` contribute to the gates, `(..., gates * units)`."""
        return product(inputs, self.kernel) + self.bias

    def advance(self, projected: Tensor, states: States) -> States:
        """One step, from projected inputs `(batch, gates * units)` and states to the next states."""
        return self.cell.advance(projected, product(states[0], self.recurrent_kernel), states)

    def call(self, inputs: Tensor, mask: Tensor, training: bool = False) -> tuple[Tensor, States]:
        def step(states: States, slices: list[Tensor], _: list[Tensor]) -> tuple[list[Tensor], States]:
            projected, real = slices
            after = self.advance(projected, states)
            states = [ops.where(real, new, old) for new, old in zip(after, states, strict=True)]
            return states[:1], states

        projected = self.project(inputs)
        zeros = ops.zeros_like(projected[:, 0, : self.units])
        states = [zeros] * self.cell.states
        arguments = (step, states, [projected, ops.expand_dims(mask, -1)], [], [self.units])
        if training:
            (outputs,), states = training_scan(*arguments, [self.recurrent_kernel], [], self.backwards)
        else:
            (outputs,), states = scan(*arguments, self.backwards)
        return outputs, states

    def compute_output_shape(self, inputs_shape: tuple, mask_shape: tuple | None = None) -> tuple[tuple, list[tuple]]:
        batch, length = inputs_shape[:2]
        return (batch, length, self.units), [(batch, self.units)] * self.cell.states

    def get_config(self) -> dict:
        own = {"units": self.units, "cell": self.cell_name, "backwards": self.backwards}
        return super().get_config() | own
