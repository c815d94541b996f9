"""The matrix product of all layers: in the precision of the context, and open to a training loop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import keras
import tensorflow as tf

from keras_s2s.tensors import Tensor

Multiply = Callable[[Tensor, Tensor], Tensor]

_precision: ContextVar[str] = ContextVar("precision", default="float32")
_multiply: ContextVar[Multiply | None] = ContextVar("multiply", default=None)


@contextmanager
def precision(dtype: str) -> Iterator[None]:
    """Within this context products are computed in another precision; everything else stays float32.

    Products are most of the arithmetic, and lose least: processors with instructions for bfloat16 sum them up in
    float32. Sums over time, softmax, loss and weights keep all their digits, so no loss scaling is needed.

    Args:
        dtype: `float32` or `bfloat16`. What counts is the context in which a function is traced.
    """
    token = _precision.set(dtype)
    try:
        yield
    finally:
        _precision.reset(token)


@contextmanager
def multiplying(multiply: Multiply) -> Iterator[None]:
    """Within this context `product` is another function."""
    token = _multiply.set(multiply)
    try:
        yield
    finally:
        _multiply.reset(token)


def product(inputs: Tensor, kernel: Tensor | keras.Variable) -> Tensor:
    """Inputs times a kernel.

    The gradient of a kernel that a step of a loop multiplies with is a sum over steps of small products. Through this
    function `training_scan` gets hold of their factors, and makes one large product of them after the loop.

    Args:
        inputs: `(..., width)`; with a kernel for each example `(batch, width)`.
        kernel: `(width, units)`, or one for each example, `(batch, width, units)`.

    Returns:
        `(..., units)`, float32.
    """
    if multiply := _multiply.get():
        return multiply(inputs, kernel)
    return dot(tf.convert_to_tensor(inputs), cast(kernel))


def cast(kernel: Tensor | keras.Variable) -> Tensor:
    """A kernel in the precision of the context."""
    return tf.cast(kernel, _precision.get())


def dot(inputs: Tensor, kernel: Tensor) -> Tensor:
    """The same as `product`, in the precision that the kernel has."""
    if kernel.shape.rank == 3:
        return tf.squeeze(dot_rows(tf.expand_dims(inputs, 1), kernel), 1)
    if inputs.shape.rank == 2:
        return dot_rows(inputs, kernel)
    # The gradient of a product of rank 3 with rank 2 is a matrix for each row of the batch: slow, so flatten.
    rows = dot_rows(tf.reshape(inputs, (-1, inputs.shape[-1])), kernel)
    shape = [*inputs.shape[:-1], kernel.shape[-1]]
    if shape.count(None) <= 1:
        # The TFLite converter depends on what is known of a shape.
        return tf.reshape(rows, [-1 if size is None else size for size in shape])
    return tf.reshape(rows, tf.concat([tf.shape(inputs)[:-1], shape[-1:]], 0))


def dot_rows(left: Tensor, right: Tensor, transpose: str = "") -> Tensor:
    """A product of two matrices, or of two stacks of them, in the precision of the right one; float32.

    Args:
        left: `(..., rows, width)`.
        right: `(..., width, units)`.
        transpose: `left`, `right` or none: which of them is stored the other way.
    """
    made = tf.matmul(
        tf.cast(left, right.dtype), right, transpose_a=transpose == "left", transpose_b=transpose == "right"
    )
    return tf.cast(made, tf.float32)
