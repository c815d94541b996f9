"""The loop over time with a gradient made for training."""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import tensorflow as tf

from keras_s2s.layers.scan import Step, Tensors, loop, multiplying, swap


def training_scan(
    step: Step,
    states: Tensors,
    sequences: Tensors,
    constants: Tensors,
    widths: list[int],
    kernels: list[keras.Variable],
    variables: list[keras.Variable],
    backwards: bool = False,
) -> tuple[Tensors, Tensors]:
    """The same as `scan`, with a faster gradient than TensorFlow derives from the loop.

    The backward loop replays each step from its states and its saved products, differentiates it, and leaves what
    needs no loop for afterwards: the gradients of the kernels, one large product each. TensorFlow's own would make a
    small product a step and kernel, and add them up.

    Args:
        step, states, sequences, constants, widths, backwards: as for `scan`.
        kernels: what the step multiplies with through `product`, in the order of the calls.
        variables: what else the step reads.

    Returns:
        The same as `scan`.
    """
    replay = _Replay(step, kernels, variables, widths, backwards)
    counts = [len(group) for group in (states, sequences, constants, kernels, variables)]

    @tf.custom_gradient
    def run(*tensors: tf.Tensor) -> tuple:
        states, rows, constants, matrices, values = _groups(tensors, counts)
        outputs, last, record = replay.forward(states, rows, constants, matrices, values)

        def gradient(*upstream: tf.Tensor) -> Tensors:
            arriving, leaving = _groups(upstream, [len(outputs), len(last)])
            return replay.backward(arriving, leaving, record, rows, constants, matrices, values)

        return (*outputs, *last), gradient

    # Variables are handed in as tensors: a custom gradient sees what it is given, and nothing else.
    weights = [variable.value for variable in (*kernels, *variables)]
    results = run(*map(tf.convert_to_tensor, [*states, *map(swap, sequences), *constants, *weights]))
    outputs, last = _groups(results, [len(widths), len(states)])
    return [swap(output) for output in outputs], last


@dataclass(frozen=True)
class _Record:
    """What the forward loop keeps for the backward one: states before each step, and its products; time-major."""

    states: Tensors
    products: Tensors


@dataclass(frozen=True)
class _Replay:
    """A step, run forwards and backwards over time-major tensors."""

    step: Step
    kernels: list[keras.Variable]
    variables: list[keras.Variable]
    widths: list[int]
    backwards: bool

    def forward(
        self, states: Tensors, rows: Tensors, constants: Tensors, matrices: Tensors, values: Tensors
    ) -> tuple[Tensors, Tensors, _Record]:
        """Outputs, last states, and the record."""

        def recorded(states: Tensors, slices: Tensors) -> tuple[Tensors, Tensors]:
            products: Tensors = []

            def multiply(inputs: tf.Tensor, _: keras.Variable) -> tf.Tensor:
                products.append(tf.matmul(inputs, matrices[len(products)]))
                return products[-1]

            with multiplying(multiply), self._reading(values):
                outputs, after = self.step(states, slices, constants)
            return [*outputs, *states, *products], after

        widths = [*self.widths, *_widths(states), *_widths(matrices)]
        made, last = loop(recorded, states, rows, widths, self.backwards)
        outputs, before, products = _groups(made, [len(self.widths), len(states), len(matrices)])
        return outputs, last, _Record(before, products)

    def backward(
        self,
        arriving: Tensors,
        leaving: Tensors,
        record: _Record,
        rows: Tensors,
        constants: Tensors,
        matrices: Tensors,
        values: Tensors,
    ) -> list[tf.Tensor | None]:
        """Gradients of states, rows, constants, matrices and values, in this order; None for what has none.

        Args:
            arriving: gradients of the outputs, `(length, batch, width)` each.
            leaving: gradients of the last states, `(batch, units)` each.
            record, rows, constants, matrices, values: what the forward loop made and read.
        """
        # Transposed once: a product of few rows with a matrix transposed on the way takes three times as long.
        transposed = [tf.transpose(matrix) for matrix in matrices]
        # What all steps read, and so have their gradients summed over steps.
        shared = [*_smooth(constants), *values]
        counts = [len(group) for group in (record.states, rows, record.products, arriving)]

        def replayed(carried: Tensors, slices: Tensors) -> tuple[Tensors, Tensors]:
            states, inputs, products, of_outputs = _groups(slices, counts)
            of_states, sums = _groups(carried, [len(states), len(shared)])
            factors: Tensors = []

            def multiply(factor: tf.Tensor, _: keras.Variable) -> tf.Tensor:
                index = len(factors)
                factors.append(factor)
                return _saved_product(factor, transposed[index], products[index])

            sources = [states, _smooth(inputs), products, shared]
            with tf.GradientTape() as tape:
                tape.watch(sources)
                with multiplying(multiply), self._reading(values):
                    outputs, after = self.step(states, inputs, constants)
            of_states, of_inputs, of_products, of_shared = tape.gradient(
                [*outputs, *after],
                sources,
                output_gradients=[*of_outputs, *of_states],
                unconnected_gradients=tf.UnconnectedGradients.ZERO,
            )
            sums = [total + part for total, part in zip(sums, of_shared, strict=True)]
            return [*of_inputs, *of_products, *factors], [*of_states, *sums]

        smooth_rows = _smooth(rows)
        widths = [*_widths(smooth_rows), *_widths(record.products), *(matrix.shape[0] for matrix in matrices)]
        zeros = [tf.zeros_like(tensor) for tensor in shared]
        made, carried = loop(
            replayed,
            [*leaving, *zeros],
            [*record.states, *rows, *record.products, *arriving],
            widths,
            not self.backwards,
        )
        of_rows, of_products, factors = _groups(made, [len(smooth_rows), len(matrices), len(matrices)])
        of_matrices = [
            tf.matmul(_flat(factor), _flat(of_product), transpose_a=True)
            for factor, of_product in zip(factors, of_products, strict=True)
        ]
        of_states, of_constants, of_values = _groups(carried, [len(leaving), len(shared) - len(values), len(values)])
        return [*of_states, *_spread(of_rows, rows), *_spread(of_constants, constants), *of_matrices, *of_values]

    def _reading(self, values: Tensors) -> keras.StatelessScope:
        """Within this context the step's variables are the given tensors."""
        return keras.StatelessScope(state_mapping=list(zip(self.variables, values, strict=True)))


@tf.custom_gradient
def _saved_product(factor: tf.Tensor, transposed: tf.Tensor, saved: tf.Tensor) -> tuple:
    """A product as it was saved. Its gradient goes to the factor, and as it is to the saved product."""

    def gradient(upstream: tf.Tensor) -> list[tf.Tensor | None]:
        return [tf.matmul(upstream, transposed), None, upstream]

    return tf.identity(saved), gradient


def _smooth(tensors: Tensors) -> Tensors:
    """Those that can have a gradient: a mask cannot."""
    return [tensor for tensor in tensors if tensor.dtype.is_floating]


def _spread(gradients: Tensors, tensors: Tensors) -> list[tf.Tensor | None]:
    """Gradients of the smooth ones among the tensors, None for the others."""
    found = iter(gradients)
    return [next(found) if tensor.dtype.is_floating else None for tensor in tensors]


def _groups(tensors: Sequence[tf.Tensor], counts: list[int]) -> list[Tensors]:
    found = iter(tensors)
    return [[next(found) for _ in range(count)] for count in counts]


def _widths(tensors: Tensors) -> list[int]:
    return [tensor.shape[-1] for tensor in tensors]


def _flat(tensor: tf.Tensor) -> tf.Tensor:
    """`(length, batch, width)` to `(length * batch, width)`."""
    return tf.reshape(tensor, (-1, tensor.shape[-1]))
