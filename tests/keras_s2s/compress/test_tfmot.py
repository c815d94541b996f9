"""The parts of tensorflow-model-optimization that are ours to use only as long as they stay as they are."""

import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.compress.tfmot import CENTROIDS, ConstantSparsity, PolynomialDecay, centroids_of, pruning_mask

WEIGHTS = tf.constant([[0.1, -0.9, 0.3, -0.2], [0.8, 0.05, -0.4, 0.6]])


def test_the_polynomial_schedule():
    schedule = PolynomialDecay(0.0, 0.8, begin_step=0, end_step=10, frequency=5)
    # 0.8 - 0.8 (1 - step / 10)^3
    assert [float(schedule(step)[1]) for step in (0, 5, 10, 20)] == pytest.approx([0.0, 0.7, 0.8, 0.8])
    assert [bool(schedule(step)[0]) for step in (0, 1, 5, 10, 15)] == [True, False, True, True, False]


def test_the_constant_schedule():
    schedule = ConstantSparsity(0.5, begin_step=3, frequency=2)
    assert [bool(schedule(step)[0]) for step in range(7)] == [False, False, False, True, False, True, False]
    assert float(schedule(3)[1]) == 0.5


def test_the_mask_keeps_the_largest_magnitudes():
    np.testing.assert_array_equal(pruning_mask(WEIGHTS, 0.5), [[0, 1, 0, 0], [1, 0, 1, 1]])


def test_the_mask_of_blocks():
    # Means of the four columns: 0.45, 0.475, 0.35, 0.4.
    np.testing.assert_array_equal(pruning_mask(WEIGHTS, 0.5, block=(2, 1)), [[1, 1, 0, 0], [1, 1, 0, 0]])
    # Largest of each: 0.8, 0.9, 0.4, 0.6.
    np.testing.assert_array_equal(pruning_mask(WEIGHTS, 0.75, (2, 1), "MAX"), [[0, 1, 0, 0], [0, 1, 0, 0]])


def test_the_mask_of_two_by_four():
    # Of four neighbours along the inputs of each output.
    weights = tf.transpose(WEIGHTS)
    np.testing.assert_array_equal(pruning_mask(weights, 0.5, m_by_n=(2, 4)), [[0, 1], [1, 0], [1, 0], [0, 1]])


@pytest.mark.parametrize("shape", [(2, 1, 2, 4), (4, 1, 4)], ids=["images", "sequences"])
def test_kernels_of_convolutions_are_matrices_of_inputs_by_outputs(shape):
    """Of one dimension, as in location-aware attention, and of two, as before the encoder of sound."""
    rows = np.array([[9, 8, 1, 2], [7, 6, 4, 3], [1, 2, 6, 5], [3, 4, 8, 7]], np.float32)
    kernel = tf.constant(rows.reshape(shape))
    in_blocks = np.kron([[1, 0], [0, 1]], np.ones((2, 2)))
    np.testing.assert_array_equal(pruning_mask(kernel, 0.5, block=(2, 2)).numpy().reshape(4, 4), in_blocks)
    # Of the four inputs of each output the two largest.
    two_of_four = np.array([[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]])
    np.testing.assert_array_equal(pruning_mask(kernel, 0.5, m_by_n=(2, 4)).numpy().reshape(4, 4), two_of_four)


def test_linear_centroids():
    np.testing.assert_allclose(centroids_of(WEIGHTS.numpy(), 3, "linear"), [-0.9, -0.05, 0.8], rtol=1e-6)


@pytest.mark.parametrize("method", CENTROIDS)
def test_centroids_are_as_many_as_asked_for_and_where_the_weights_are(method):
    weights = np.random.default_rng(1).normal(size=500).astype("float32")
    centroids = centroids_of(weights, 8, method)
    assert centroids.shape == (8,)
    # By distribution the last one lies a hundredth beyond the largest weight.
    assert weights.min() <= centroids.min() < 0 < centroids.max() <= weights.max() + 0.02
