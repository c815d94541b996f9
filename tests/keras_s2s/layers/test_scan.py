import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.layers.scan import scan

Tensors = list[tf.Tensor]


def weighted_sum(sequence: tf.Tensor, factor: tf.Tensor, backwards: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Running sums of the sequence `(length, batch, 2)` times a constant factor `(batch, 2)`."""

    def step(states: Tensors, slices: Tensors, constants: Tensors) -> Tensors:
        return [states[0] + slices[0] * constants[0], states[1] + 1.0]

    zeros = tf.zeros_like(sequence[0])
    (sums,), (total, _) = scan(step, [zeros, zeros], [sequence], [factor], [0], backwards)
    return sums, total


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("shape", [(5, 3, 2), (None, None, 2), (None, 1, 2)])
def test_running_sum_eagerly_and_in_a_graph(shape, backwards):
    random = np.random.default_rng(1)
    sequence = random.normal(size=(5, shape[1] or 4, 2)).astype("float32")
    factor = random.normal(size=(shape[1] or 4, 2)).astype("float32")
    products = sequence * factor
    expected = np.cumsum(products[::-1], axis=0)[::-1] if backwards else np.cumsum(products, axis=0)
    signature = [tf.TensorSpec(shape, tf.float32), tf.TensorSpec((shape[1], 2), tf.float32)]
    graph = tf.function(lambda *tensors: weighted_sum(*tensors, backwards), input_signature=signature)
    for run in (graph, lambda *tensors: weighted_sum(*tensors, backwards)):
        sums, total = run(tf.constant(sequence), tf.constant(factor))
        np.testing.assert_allclose(sums, expected, atol=1e-5)
        np.testing.assert_allclose(total, products.sum(axis=0), atol=1e-5)


def test_batch_and_width_are_known_in_a_graph():
    """The TFLite converter depends on it."""
    graph = tf.function(lambda sequence, factor: weighted_sum(sequence, factor, False)).get_concrete_function(
        tf.TensorSpec((None, 1, 2), tf.float32), tf.TensorSpec((1, 2), tf.float32)
    )
    sums, total = graph.structured_outputs
    assert (sums.shape[1:], total.shape) == ((1, 2), (1, 2))
