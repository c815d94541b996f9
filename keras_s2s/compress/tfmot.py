"""tensorflow-model-optimization's algorithms: the one place that uses its unlisted modules.

Its wrappers take models of the legacy Keras only; schedules, masks and centroids do not care whose weights they see.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf
from tensorflow_model_optimization.python.core.clustering.keras.cluster_config import CentroidInitialization
from tensorflow_model_optimization.python.core.clustering.keras.clustering_centroids import CentroidsInitializerFactory
from tensorflow_model_optimization.python.core.sparsity.keras.pruning_impl import Pruning
from tensorflow_model_optimization.python.core.sparsity.keras.pruning_schedule import (
    ConstantSparsity,
    PolynomialDecay,
    PruningSchedule,
)

from keras_s2s.tensors import Tensor

__all__ = ["CENTROIDS", "ConstantSparsity", "PolynomialDecay", "PruningSchedule", "centroids_of", "pruning_mask"]

# How clustering begins: evenly spaced, by the weights' distribution, as k-means++ (Arthur and Vassilvitskii 2007), or
# anywhere.
CENTROIDS = {
    "linear": CentroidInitialization.LINEAR,
    "density": CentroidInitialization.DENSITY_BASED,
    "kmeans": CentroidInitialization.KMEANS_PLUS_PLUS,
    "random": CentroidInitialization.RANDOM,
}


def pruning_mask(
    weights: Tensor,
    sparsity: float,
    block: tuple[int, int] = (1, 1),
    pooling: str = "AVG",
    m_by_n: tuple[int, int] | None = None,
) -> Tensor:
    """Return which weights are kept: those of the largest magnitude (Zhu and Gupta 2017).

    Args:
        weights: any shape. For blocks and for M of N a kernel of more dimensions is a matrix of all its inputs by its
            outputs, as devices have it.
        sparsity: fraction of zero weights.
        block: rows and columns that stay or go together.
        pooling: a block's magnitude is its weights' mean, `AVG`, or largest, `MAX`.
        m_by_n: `(2, 4)` has two of each four neighbours go, whatever the sparsity.

    Returns:
        Ones and zeros, of the shape of the weights.
    """
    if len(weights.shape) > 2 and (block != (1, 1) or m_by_n):
        matrix = tf.reshape(weights, (-1, weights.shape[-1]))
        return tf.reshape(pruning_mask(matrix, sparsity, block, pooling, m_by_n), weights.shape)
    if block != (1, 1) and not m_by_n:
        # tfmot's own pooling drops the dimensions of a matrix that is no larger than a block.
        pooled = tf.nn.pool(tf.abs(weights)[None, ..., None], block, pooling, strides=block, padding="SAME")[0, ..., 0]
        rows, columns = weights.shape
        mask = pruning_mask(pooled, sparsity)
        return tf.repeat(tf.repeat(mask, block[0], axis=0), block[1], axis=1)[:rows, :columns]
    pruning = Pruning(lambda: 0, [], lambda _: (True, sparsity), (1, 1), "AVG", m_by_n)
    _, mask = pruning._maybe_update_block_mask(weights)
    return tf.cast(mask, weights.dtype)


def centroids_of(weights: np.ndarray, count: int, method: str) -> np.ndarray:
    """Values to begin clustering with.

    Args:
        weights: any shape.
        count: how many values.
        method: a key of `CENTROIDS`.

    Returns:
        The centroids `(count,)`.
    """
    make: Callable = CentroidsInitializerFactory.get_centroid_initializer(CENTROIDS[method])
    return make(tf.constant(weights), count, False).get_cluster_centroids().numpy()
