import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.layers.product import multiplying, precision, product


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(1)


@pytest.mark.parametrize("shape", [(3, 4), (2, 3, 4), (2, 5, 3, 4)])
def test_equals_numpy(random, shape):
    inputs, kernel = random.normal(size=shape).astype("float32"), random.normal(size=(4, 6)).astype("float32")
    np.testing.assert_allclose(product(tf.constant(inputs), keras.Variable(kernel)), inputs @ kernel, atol=1e-5)


def test_a_kernel_for_each_example(random):
    inputs, kernels = random.normal(size=(3, 4)).astype("float32"), random.normal(size=(3, 4, 6)).astype("float32")
    expected = np.stack([row @ kernel for row, kernel in zip(inputs, kernels, strict=True)])
    np.testing.assert_allclose(product(tf.constant(inputs), tf.constant(kernels)), expected, atol=1e-5)


def test_bfloat16_rounds_factors_to_eight_bits():
    """1 + 2**-9 has no bfloat16: it becomes 1, exactly."""
    inputs, kernel = tf.constant([[1.0 + 2.0**-9, 1.0]]), tf.constant([[1.0], [2.0]])
    with precision("bfloat16"):
        rounded = product(inputs, kernel)
    assert rounded.dtype == tf.float32
    assert float(rounded[0, 0]) == 3.0
    assert float(product(inputs, kernel)[0, 0]) == 3.0 + 2.0**-9


def test_gradients_stay_float32(random):
    inputs, kernel = (tf.constant(random.normal(size=size), tf.float32) for size in ((3, 4), (4, 2)))
    with precision("bfloat16"), tf.GradientTape() as tape:
        tape.watch([inputs, kernel])
        total = tf.reduce_sum(product(inputs, kernel))
    of_inputs, of_kernel = tape.gradient(total, [inputs, kernel])
    assert of_inputs.dtype == of_kernel.dtype == tf.float32
    np.testing.assert_allclose(of_inputs, np.tile(kernel.numpy().sum(1), (3, 1)), rtol=0.02, atol=0.02)
    np.testing.assert_allclose(of_kernel, np.tile(inputs.numpy().sum(0)[:, None], (1, 2)), rtol=0.02, atol=0.02)


def test_another_function_can_take_its_place():
    with multiplying(lambda inputs, kernel: inputs - kernel):
        assert float(product(tf.constant(5.0), tf.constant(3.0))) == 2.0
