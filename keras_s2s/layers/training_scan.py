"""The loop over time with a gradient made for training."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import tensorflow as tf

from keras_s2s.layers.product import cast, dot, dot_rows, multiplying
from keras_s2s.layers.scan import Step, Tensors, array_like, loop, write
from keras_s2s.tensors import Tensor


def training_scan(
    step: Step,
    states: Tensors,
    sequences: Tensors,
    constants: Tensors,
    kept: list[int],
    kernels: list[Tensor | keras.Variable],
    variables: list[keras.Variable],
    backwards: bool = False,
) -> tuple[Tensors, Tensors]:
    """The same as `scan`, with a faster gradient than TensorFlow derives from the loop.

    The backward loop replays each step from its states and its saved products, differentiates it, and leaves what
    needs no loop for afterwards: the gradients of the kernels, one large product each. TensorFlow's own would make a
    small product per step and kernel, and add them up.

    Args:
        step, states, sequences, constants, kept, backwards: as for `scan`.
        kernels: what the step multiplies with through `product`, in the order of the calls: weights, or tensors
            `(batch, width, units)` that the step reads nowhere else.
        variables: what else the step reads of weights.

    Returns:
        The same as `scan`.
    """
    replay = _Replay(step, kept, variables, backwards)
    counts = [len(group) for group in (states, sequences, constants, kernels, variables)]

    @tf.custom_gradient
    def run(*tensors: Tensor) -> tuple:
        states, sequences, constants, matrices, values = _split(tensors, counts)
        matrices = [cast(matrix) for matrix in matrices]
        before, after, last, products = replay.forward(states, sequences, constants, matrices, values)
        record = _Record(before, sequences, constants, matrices, values, products)

        def gradient(*upstream: Tensor) -> list[Tensor | None]:
            grad_outputs, grad_last = _split(upstream, [len(kept), len(states)])
            return replay.backward(grad_outputs, grad_last, record)

        return (*[after[index] for index in kept], *last), gradient

    # Variables are handed in as tensors: a custom gradient sees what it is given, and nothing else.
    results = run(*map(tf.convert_to_tensor, [*states, *sequences, *constants, *kernels, *variables]))
    outputs, last = _split(results, [len(kept), len(states)])
    return outputs, last


@dataclass(frozen=True)
class _Record:
    """What the backward loop needs of the forward one.

    Attributes:
        states: those before each step, `(length, batch, units)` each.
        sequences, constants, matrices, values: what the step reads; matrices in the precision of products.
        products: what the step's products were, `(length, batch, units)` each.
    """

    states: Tensors
    sequences: Tensors
    constants: Tensors
    matrices: Tensors
    values: Tensors
    products: Tensors


@dataclass(frozen=True)
class _Replay:
    """A step, run forwards and backwards."""

    step: Step
    kept: list[int]
    variables: list[keras.Variable]
    backwards: bool

    def forward(
        self, states: Tensors, sequences: Tensors, constants: Tensors, matrices: Tensors, values: Tensors
    ) -> tuple[Tensors, Tensors, Tensors, Tensors]:
        """States before and after each step, the last states, and the products of each step."""
        length = tf.shape(sequences[0])[0]
        # The states between the steps, the first and the last ones included: one more than there are steps.
        edge, before, after = (length, 1, 0) if self.backwards else (0, 0, 1)

        def body(position: Tensor, states: Tensors, arrays: list[tf.TensorArray]) -> tuple[Tensors, list]:
            products: Tensors = []

            def multiply(inputs: Tensor, _: Tensor) -> Tensor:
                products.append(dot(inputs, matrices[len(products)]))
                return products[-1]

            with multiplying(multiply), self._reading(values):
                states = self.step(states, [sequence[position] for sequence in sequences], constants)
            between, made = arrays[: len(states)], arrays[len(states) :]
            return states, [*write(between, position + after, states), *write(made, position, products)]

        between = write([array_like(state, length + 1) for state in states], edge, states)
        batch = states[0].shape[:1]
        made = [tf.TensorArray(tf.float32, length, element_shape=batch + matrix.shape[-1:]) for matrix in matrices]
        last, arrays = loop(body, states, [*between, *made], length, self.backwards)
        between, products = _split([array.stack() for array in arrays], [len(states), len(matrices)])
        states_before, states_after = (
            [state[start : start + length] for state in between] for start in (before, after)
        )
        return states_before, states_after, last, products

    def backward(self, grad_outputs: Tensors, grad_last: Tensors, record: _Record) -> list[Tensor | None]:
        """Gradients of states, sequences, constants, matrices and values, in this order; None for what has none.

        Args:
            grad_outputs: gradients of the outputs, `(length, batch, units)` each.
            grad_last: gradients of the last states, `(batch, units)` each.
            record: of the forward loop.
        """
        length = tf.shape(record.sequences[0])[0]
        # Transposed once: a product of few rows with a matrix transposed on the way takes three times as long.
        transposed = [tf.linalg.matrix_transpose(matrix) for matrix in record.matrices]
        # What all steps read, and so have their gradients summed over steps.
        shared = [*_differentiable(record.constants), *record.values]
        differentiable = _differentiable(record.sequences)

        def body(position: Tensor, carried: Tensors, arrays: list[tf.TensorArray]) -> tuple[Tensors, list]:
            grad_states, sums = _split(carried, [len(grad_last), len(shared)])
            for index, gradient in zip(self.kept, grad_outputs, strict=True):
                grad_states[index] += gradient[position]
            states, inputs, products = (
                [sequence[position] for sequence in group]
                for group in (record.states, record.sequences, record.products)
            )
            factors: Tensors = []

            def multiply(factor: Tensor, _: Tensor) -> Tensor:
                index = len(factors)
                factors.append(factor)
                return _saved_product(factor, transposed[index], products[index])

            sources = [states, _differentiable(inputs), products, shared]
            with tf.GradientTape() as tape:
                tape.watch(sources)
                with multiplying(multiply), self._reading(record.values):
                    after = self.step(states, inputs, record.constants)
            grad_states, grad_inputs, grad_products, grad_shared = tape.gradient(
                after, sources, output_gradients=grad_states, unconnected_gradients=tf.UnconnectedGradients.ZERO
            )
            sums = [total + part for total, part in zip(sums, grad_shared, strict=True)]
            return [*grad_states, *sums], write(arrays, position, [*grad_inputs, *grad_products, *factors])

        batch = grad_last[0].shape[:1]
        arrays = [array_like(sequence[0], length) for sequence in [*differentiable, *record.products]]
        arrays += [
            tf.TensorArray(tf.float32, length, element_shape=batch + matrix.shape[-2:-1]) for matrix in record.matrices
        ]
        carried = [*grad_last, *map(tf.zeros_like, shared)]
        carried, arrays = loop(body, carried, arrays, length, not self.backwards)
        count = len(record.matrices)
        grad_sequences, grad_products, factors = _split(
            [array.stack() for array in arrays], [len(differentiable), count, count]
        )
        grad_matrices = [
            _grad_matrix(factor, grad_product, matrix)
            for factor, grad_product, matrix in zip(factors, grad_products, record.matrices, strict=True)
        ]
        grad_states, grad_constants, grad_values = _split(
            carried, [len(grad_last), len(shared) - len(record.values), len(record.values)]
        )
        return [
            *grad_states,
            *_align_gradients(grad_sequences, record.sequences),
            *_align_gradients(grad_constants, record.constants),
            *grad_matrices,
            *grad_values,
        ]

    def _reading(self, values: Tensors) -> keras.StatelessScope:
        """Within this context the step's variables are the given tensors."""
        return keras.StatelessScope(state_mapping=list(zip(self.variables, values, strict=True)))


@tf.custom_gradient
def _saved_product(factor: Tensor, transposed: Tensor, saved: Tensor) -> tuple:
    """A product as it was saved. Its gradient goes to the factor, and as it is to the saved product."""

    def gradient(upstream: Tensor) -> list[Tensor | None]:
        return [dot(upstream, transposed), None, upstream]

    return tf.identity(saved), gradient


def _grad_matrix(factors: Tensor, grad_products: Tensor, matrix: Tensor) -> Tensor:
    """A matrix's gradient, from the factors it was multiplied with at each step and the gradients of the products."""
    if matrix.shape.rank == 3:
        # One matrix an example: (length, batch, width) to (batch, width, length).
        return dot_rows(tf.transpose(factors, [1, 2, 0]), tf.cast(tf.transpose(grad_products, [1, 0, 2]), matrix.dtype))
    factors, grad_products = (tf.reshape(tensor, (-1, tensor.shape[-1])) for tensor in (factors, grad_products))
    return dot_rows(factors, tf.cast(grad_products, matrix.dtype), transpose="left")


def _differentiable(tensors: Tensors) -> Tensors:
    """Those that can have a gradient: a mask cannot."""
    return [tensor for tensor in tensors if tensor.dtype.is_floating]


def _align_gradients(gradients: Tensors, tensors: Tensors) -> list[Tensor | None]:
    """Gradients of the differentiable ones among the tensors, None for the others."""
    found = iter(gradients)
    return [next(found) if tensor.dtype.is_floating else None for tensor in tensors]


def _split(tensors: Sequence[Tensor], counts: list[int]) -> list[Tensors]:
    found = iter(tensors)
    return [[next(found) for _ in range(count)] for count in counts]
