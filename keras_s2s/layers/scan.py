"""The loop over time that encoder and decoder share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras
import tensorflow as tf
from keras import ops

Tensors = list[tf.Tensor]
Step = Callable[[Tensors, Tensors, Tensors], tuple[Tensors, Tensors]]
Multiply = Callable[[tf.Tensor, keras.Variable], tf.Tensor]

_multiply: ContextVar[Multiply | None] = ContextVar("multiply", default=None)


def product(inputs: tf.Tensor, kernel: keras.Variable) -> tf.Tensor:
    """Inputs `(batch, width)` times a kernel `(width, units)`: what a step multiplies with.

    The gradient of a kernel that a step multiplies with is a sum over steps of small products. Through this function
    `training_scan` gets hold of their factors, and makes one large product of them after the loop.
    """
    multiply = _multiply.get()
    return multiply(inputs, kernel) if multiply else ops.matmul(inputs, kernel)


@contextmanager
def multiplying(multiply: Multiply) -> Iterator[None]:
    """Within this context `product` is another function."""
    token = _multiply.set(multiply)
    try:
        yield
    finally:
        _multiply.reset(token)


def scan(
    step: Step,
    states: Tensors,
    sequences: Tensors,
    constants: Tensors,
    widths: list[int],
    backwards: bool = False,
) -> tuple[Tensors, Tensors]:
    """Runs a step over the time axis, feeding each step's states to the next one.

    Written on `tf.while_loop` because the loop of `keras.layers.RNN` does not convert to built-in TFLite operators in
    all the forms needed here, and because whatever does not depend on the previous step belongs outside of the loop.

    Args:
        step: `(states, slices, constants) -> (outputs, states)`; slices are `(batch, ...)`, one of each sequence.
        states: initial states, `(batch, units)` each.
        sequences: inputs `(batch, length, ...)`.
        constants: what every step reads as it is.
        widths: the width of each output, `(batch, width)` a step.
        backwards: run from the last position to the first. Outputs stay where their input was.

    Returns:
        Outputs `(batch, length, width)`, one for each output of the step, and the last states.
    """
    rows = [swap(sequence) for sequence in sequences]
    outputs, states = loop(lambda states, slices: step(states, slices, constants), states, rows, widths, backwards)
    return [swap(output) for output in outputs], states


def loop(
    step: Callable[[Tensors, Tensors], tuple[Tensors, Tensors]],
    states: Tensors,
    rows: Tensors,
    widths: list[int],
    backwards: bool,
) -> tuple[Tensors, Tensors]:
    """A scan without constants over time-major tensors `(length, batch, ...)`; outputs are time-major, too."""
    length = tf.shape(rows[0])[0]
    arrays = [tf.TensorArray(row.dtype, length, element_shape=row.shape[1:]).unstack(row) for row in rows]
    batch = rows[0].shape[1]
    empty = [tf.TensorArray(states[0].dtype, length, element_shape=(batch, width)) for width in widths]
    first, stride = (length - 1, -1) if backwards else (0, 1)

    def body(done: tf.Tensor, states: Tensors, outputs: list[tf.TensorArray]) -> tuple:
        position = first + stride * done
        made, after = step(list(states), [array.read(position) for array in arrays])
        return done + 1, after, [array.write(position, value) for array, value in zip(outputs, made, strict=True)]

    _, states, outputs = tf.while_loop(
        lambda done, *_: done < length, body, (tf.constant(0), list(states), empty), maximum_iterations=length
    )
    return [array.stack() for array in outputs], list(states)


def swap(tensor: tf.Tensor) -> tf.Tensor:
    """Exchanges the batch and the time axis."""
    return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])
