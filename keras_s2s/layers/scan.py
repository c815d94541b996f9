"""The loop over time that encoder and decoder share."""

from collections.abc import Callable

import tensorflow as tf

Tensors = list[tf.Tensor]


def scan(
    step: Callable[[Tensors, Tensors], tuple[Tensors, Tensors]],
    states: Tensors,
    sequences: Tensors,
    widths: list[int],
    backwards: bool = False,
) -> tuple[Tensors, Tensors]:
    """Runs a step over the time axis, feeding each step's states to the next one.

    Written on `tf.while_loop` because the loop of `keras.layers.RNN` does not convert to built-in TFLite operators in
    all the forms needed here, and because whatever does not depend on the previous step belongs outside of the loop.

    Args:
        step: `(states, slices) -> (outputs, states)`; slices are `(batch, ...)`, one of each sequence.
        states: initial states, `(batch, units)` each.
        sequences: inputs `(batch, length, ...)`.
        widths: the width of each output, `(batch, width)` a step.
        backwards: run from the last position to the first. Outputs stay where their input was.

    Returns:
        Outputs `(batch, length, width)`, one for each output of the step, and the last states.
    """
    length = tf.shape(sequences[0])[1]
    arrays = [_unstack(sequence) for sequence in sequences]
    first = length - 1 if backwards else 0
    stride = -1 if backwards else 1

    def body(done: tf.Tensor, states: Tensors, outputs: list[tf.TensorArray]) -> tuple:
        position = first + stride * done
        values, states = step(list(states), [array.read(position) for array in arrays])
        return done + 1, states, [array.write(position, value) for array, value in zip(outputs, values, strict=True)]

    batch = sequences[0].shape[0]
    empty = [tf.TensorArray(states[0].dtype, length, element_shape=(batch, width)) for width in widths]
    _, states, outputs = tf.while_loop(
        lambda done, *_: done < length, body, (tf.constant(0), list(states), empty), maximum_iterations=length
    )
    return [_stack(array) for array in outputs], list(states)


def _unstack(sequence: tf.Tensor) -> tf.TensorArray:
    time_major = _swap(sequence)
    array = tf.TensorArray(sequence.dtype, tf.shape(time_major)[0], element_shape=time_major.shape[1:])
    return array.unstack(time_major)


def _stack(array: tf.TensorArray) -> tf.Tensor:
    return _swap(array.stack())


def _swap(tensor: tf.Tensor) -> tf.Tensor:
    """Exchanges the batch and the time axis."""
    return tf.transpose(tensor, [1, 0, *range(2, tensor.shape.rank)])
