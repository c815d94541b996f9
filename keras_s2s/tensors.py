"""The type of a tensor, for the type checker."""

from typing import Any, Protocol


class Tensor(Protocol):
    """A `tf.Tensor`, or the `keras.KerasTensor` that stands for one while a functional model is built.

    TensorFlow and Keras have no type hints: a type checker accepts their own classes anywhere, and anything in their
    place. This protocol has the members that both classes share and that our layers use, so that a checker finds what
    is no tensor.
    """

    @property
    def shape(self) -> Any:
        """The static shape: `tf.TensorShape`, or a tuple; unknown sizes are None."""

    @property
    def dtype(self) -> Any:
        """The data type: `tf.DType`, or its name."""

    def __getitem__(self, index: Any, /) -> "Tensor": ...

    def __neg__(self) -> "Tensor": ...

    def __add__(self, other: Any, /) -> "Tensor": ...

    def __radd__(self, other: Any, /) -> "Tensor": ...

    def __sub__(self, other: Any, /) -> "Tensor": ...

    def __rsub__(self, other: Any, /) -> "Tensor": ...

    def __mul__(self, other: Any, /) -> "Tensor": ...

    def __rmul__(self, other: Any, /) -> "Tensor": ...

    def __truediv__(self, other: Any, /) -> "Tensor": ...

    def __rtruediv__(self, other: Any, /) -> "Tensor": ...

    def __gt__(self, other: Any, /) -> "Tensor": ...
