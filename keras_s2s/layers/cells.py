"""The arithmetic of one recurrent step: plain tanh, GRU and LSTM.

A cell is stateless: it takes what the input and the previous output contribute to its gates, and returns the next
states. Every loop of the package (encoder, teacher forcing, generation, the flatbuffer) runs these functions.
"""

from collections.abc import Callable
from dataclasses import dataclass

from keras import ops

from keras_s2s.tensors import Tensor

States = list[Tensor]


@dataclass(frozen=True)
class Cell:
    """What a layer has to know of a cell.

    Attributes:
        gates: width of the gate projections, in multiples of units.
        states: tensors of shape `(batch, units)` carried from step to step; the first one is the output.
        advance: `(inputs, recurrent, states) -> states`, where inputs is what the step's input contributes to the
            gates, bias included, and recurrent what the previous output contributes; both `(batch, gates * units)`.
    """

    gates: int
    states: int
    advance: Callable[[Tensor, Tensor, States], States]


def rnn(inputs: Tensor, recurrent: Tensor, states: States) -> States:
    """Elman's network (1990): `tanh(W x + U h + b)`."""
    return [ops.tanh(inputs + recurrent)]


def gru(inputs: Tensor, recurrent: Tensor, states: States) -> States:
    """Gated recurrent unit (Cho et al. 2014), the reset gate applied after the recurrent product.

    That variant needs one recurrent product per step instead of two. Gate order: update, reset, candidate.
    """
    update_in, reset_in, candidate_in = ops.split(inputs, 3, axis=-1)
    update_rec, reset_rec, candidate_rec = ops.split(recurrent, 3, axis=-1)
    update = ops.sigmoid(update_in + update_rec)
    reset = ops.sigmoid(reset_in + reset_rec)
    candidate = ops.tanh(candidate_in + reset * candidate_rec)
    return [candidate + update * (states[0] - candidate)]


def lstm(inputs: Tensor, recurrent: Tensor, states: States) -> States:
    """Long short-term memory with a forget gate (Gers et al. 2000). Gate order: input, forget, candidate, output."""
    input_gate, forget_gate, candidate, output_gate = ops.split(inputs + recurrent, 4, axis=-1)
    cell_state = ops.sigmoid(forget_gate) * states[1] + ops.sigmoid(input_gate) * ops.tanh(candidate)
    return [ops.sigmoid(output_gate) * ops.tanh(cell_state), cell_state]


CELLS = {
    "rnn": Cell(gates=1, states=1, advance=rnn),
    "gru": Cell(gates=3, states=1, advance=gru),
    "lstm": Cell(gates=4, states=2, advance=lstm),
}
