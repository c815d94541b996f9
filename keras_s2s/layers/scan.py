"""Loop over time, for encoder and decoder. Sequences are time-major, `(length, batch, ...)`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import tensorflow as tf

from keras_s2s.tensors import Tensor

Tensors = list[Tensor]
Step = Callable[[Tensors, Tensors, Tensors], Tensors]
Body = Callable[[Tensor, Tensors, list[tf.TensorArray]], tuple[Tensors, list[tf.TensorArray]]]

_converting: ContextVar[bool] = ContextVar("converting", default=False)


def scan(
    step: Step, states: Tensors, sequences: Tensors, constants: Tensors, kept: list[int], backwards: bool = False
) -> tuple[Tensors, Tensors]:
    """Runs a step over the time axis, feeding each step's states to the next one.

    Written on `tf.while_loop` because the loop of `keras.layers.RNN` does not convert to built-in TFLite operators in
    all the forms needed here, and because whatever does not depend on the previous step belongs outside of the loop.

    Args:
        step: `(states, slices, constants) -> states`; slices are `(batch, ...)`, one of each sequence.
        states: initial states, `(batch, units)` each.
        sequences: inputs `(length, batch, ...)`.
        constants: what every step reads as it is.
        kept: which states are outputs, too.
        backwards: run from the last position to the first. Outputs stay where their input was.

    Returns:
        Outputs `(length, batch, units)`, and the last states.
    """
    length = tf.shape(sequences[0])[0]
    converting = _converting.get()
    arrays = [(_tensor_like if converting else array_like)(states[index], length) for index in kept]

    def body(position: Tensor, states: Tensors, arrays: list) -> tuple[Tensors, list]:
        # Taken as slices, which are views; a tensor array would copy each sequence first.
        states = step(states, [sequence[position] for sequence in sequences], constants)
        return states, (_write_rows if converting else write)(arrays, position, [states[index] for index in kept])

    last, arrays = loop(body, states, arrays, length, backwards)
    return arrays if converting else [array.stack() for array in arrays], last


@contextmanager
def converting() -> Iterator[None]:
    """Within this context loops are traced in a form that TFLite has operators for, whatever the batch.

    Its tensor lists need a fixed batch. A tensor that each step writes a row of does not: a walk over all of it, which
    is fast for the few rows of a device.
    """
    token = _converting.set(True)
    try:
        yield
    finally:
        _converting.reset(token)


def _tensor_like(tensor: Tensor, length: Tensor) -> Tensor:
    """Room for as many tensors like this one."""
    return tf.zeros(tf.concat([tf.expand_dims(length, 0), tf.shape(tensor)], 0), tensor.dtype)


def _write_rows(arrays: Tensors, position: Tensor, values: Tensors) -> Tensors:
    """Writes one value to each tensor."""
    positions = tf.reshape(tf.range(tf.shape(arrays[0])[0]), (-1, 1, 1))
    return [
        tf.where(tf.equal(positions, position), tf.expand_dims(value, 0), array)
        for array, value in zip(arrays, values, strict=True)
    ]


def loop(
    body: Body, states: Tensors, arrays: list[tf.TensorArray], length: Tensor, backwards: bool
) -> tuple[Tensors, list[tf.TensorArray]]:
    """Calls `body(position, states, arrays) -> (states, arrays)` for each position, in time or against it."""
    first, stride = (length - 1, -1) if backwards else (0, 1)

    def iteration(done: Tensor, states: Tensors, arrays: list[tf.TensorArray]) -> tuple:
        return done + 1, *body(first + stride * done, list(states), list(arrays))

    _, states, arrays = tf.while_loop(
        lambda done, *_: done < length, iteration, (tf.constant(0), list(states), arrays), maximum_iterations=length
    )
    return list(states), list(arrays)


def array_like(tensor: Tensor, length: Tensor) -> tf.TensorArray:
    """Room for as many tensors like this one."""
    return tf.TensorArray(tensor.dtype, length, element_shape=tensor.shape)


def write(arrays: list[tf.TensorArray], position: Tensor | int, values: Tensors) -> list[tf.TensorArray]:
    """Writes one value to each array."""
    return [array.write(position, value) for array, value in zip(arrays, values, strict=True)]


def swap(tensor: Tensor) -> Tensor:
    """Exchanges the batch and the time axis."""
    return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])
