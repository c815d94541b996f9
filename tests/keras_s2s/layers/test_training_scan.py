from collections.abc import Callable

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.layers.scan import product, scan
from keras_s2s.layers.training_scan import training_scan

Tensors = list[tf.Tensor]


# A step with all that one may have: two kernels, a bias, a mask, a constant, two states, two outputs.
def busy_step(kernels: list[keras.Variable], bias: keras.Variable) -> Callable:
    def step(states: Tensors, slices: Tensors, constants: Tensors) -> tuple[Tensors, Tensors]:
        inputs, real = slices
        hidden = tf.tanh(product(states[0], kernels[0]) + inputs + bias)
        other = tf.sigmoid(product(hidden, kernels[1]) + constants[0]) * states[1]
        after = [tf.where(real, new, old) for new, old in zip((hidden + other, other), states, strict=True)]
        return [after[0], hidden * constants[0]], after

    return step


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("in_graph", [False, True])
def test_training_scan_has_the_values_and_gradients_of_scan(backwards, in_graph):
    random = np.random.default_rng(1)

    def normal(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype("float32")

    kernels, bias = [keras.Variable(normal(4, 4)) for _ in range(2)], keras.Variable(normal(4))
    states, inputs, constant = [tf.constant(normal(3, 4)) for _ in range(2)], normal(3, 6, 4), tf.constant(normal(3, 4))
    inputs = tf.constant(inputs)
    mask = tf.constant(np.arange(6)[None, :, None] < np.array([6, 2, 4])[:, None, None])
    weights = [tf.constant(normal(3, 6, 4)) for _ in range(2)] + [tf.constant(normal(3, 4)) for _ in range(2)]
    variables = [*(kernel.value for kernel in kernels), bias.value]

    def gradients(loop: Callable, *more: list[keras.Variable]) -> tuple[Tensors, Tensors]:
        with tf.GradientTape() as tape:
            tape.watch([*states, inputs, constant])
            step = busy_step(kernels, bias)
            outputs, last = loop(step, states, [inputs, mask], [constant], [4, 4], *more, backwards=backwards)
            results = [*outputs, *last]
            total = sum(tf.reduce_sum(weight * result) for weight, result in zip(weights, results, strict=True))
        return results, tape.gradient(total, [*states, inputs, constant, *variables])

    wrap = tf.function if in_graph else lambda function: function
    plain = wrap(lambda: gradients(scan))()
    fast = wrap(lambda: gradients(training_scan, kernels, [bias]))()
    for left, right in zip(tf.nest.flatten(plain), tf.nest.flatten(fast), strict=True):
        assert np.abs(left).max() > 1e-2
        np.testing.assert_allclose(right, left, rtol=1e-4, atol=1e-5)
