import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.layers.scan import product, scan

Tensors = list[tf.Tensor]


def weighted_sum(sequence: tf.Tensor, factor: tf.Tensor, backwards: bool) -> tuple[tf.Tensor, tf.Tensor]:
    """Running sums of the sequence `(batch, length, 2)` times a constant factor `(batch, 2)`."""

    def step(states: Tensors, slices: Tensors, constants: Tensors) -> tuple[Tensors, Tensors]:
        total = states[0] + slices[0] * constants[0]
        return [total], [total]

    (sums,), (total,) = scan(step, [tf.zeros_like(sequence[:, 0])], [sequence], [factor], [2], backwards)
    return sums, total


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("shape", [(3, 5, 2), (None, None, 2), (1, None, 2)])
def test_running_sum_eagerly_and_in_a_graph(shape, backwards):
    random = np.random.default_rng(1)
    sequence = random.normal(size=(shape[0] or 4, 5, 2)).astype("float32")
    factor = random.normal(size=(shape[0] or 4, 2)).astype("float32")
    products = sequence * factor[:, None]
    expected = np.cumsum(products[:, ::-1], axis=1)[:, ::-1] if backwards else np.cumsum(products, axis=1)
    signature = [tf.TensorSpec(shape, tf.float32), tf.TensorSpec((shape[0], 2), tf.float32)]
    graph = tf.function(lambda *tensors: weighted_sum(*tensors, backwards), input_signature=signature)
    for run in (graph, lambda *tensors: weighted_sum(*tensors, backwards)):
        sums, total = run(tf.constant(sequence), tf.constant(factor))
        np.testing.assert_allclose(sums, expected, atol=1e-5)
        np.testing.assert_allclose(total, products.sum(axis=1), atol=1e-5)


def test_batch_and_width_are_known_in_a_graph():
    """The TFLite converter depends on it."""
    graph = tf.function(lambda sequence, factor: weighted_sum(sequence, factor, False)).get_concrete_function(
        tf.TensorSpec((1, None, 2), tf.float32), tf.TensorSpec((1, 2), tf.float32)
    )
    sums, total = graph.structured_outputs
    assert (sums.shape[0], sums.shape[2], total.shape) == (1, 2, (1, 2))


def test_product_outside_of_a_training_scan_is_a_product():
    inputs, kernel = np.random.default_rng(1).normal(size=(2, 3, 3)).astype("float32")
    np.testing.assert_allclose(product(inputs, keras.Variable(kernel)), inputs @ kernel, atol=1e-6)
