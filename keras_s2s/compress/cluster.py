"""Weight clustering."""

import keras
import numpy as np
import tensorflow as tf

from keras_s2s.compress.matrices import matrices
from keras_s2s.compress.tfmot import centroids_of


class Clustering(keras.callbacks.Callback):
    """Weight clustering: each matrix has few distinct values, which are trained (Han et al. 2016).

    Clusters are found by k-means when training begins, and weights stay in theirs. After each step of the optimizer a
    cluster's value moves by the mean of what the step would have done to its members.

    Zeros stay zero, and count as one of the values: a pruned model keeps its sparsity.

    Args:
        clusters: maximum number of distinct values per matrix.
        centroids: where k-means begins, a key of `tfmot.CENTROIDS`.

    Raises:
        ValueError: fewer than two clusters.
    """

    def __init__(self, clusters: int, centroids: str = "linear"):
        super().__init__()
        if clusters < 2:
            raise ValueError(f"there must be 2 clusters at least, not {clusters}")
        self.clusters = clusters
        self.centroids = centroids

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.matrices: list[_Clustered] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        # Not earlier: in a resumed training another callback has just restored the weights.
        if not self.matrices:
            self.matrices = [_Clustered(each, self.clusters, self.centroids) for each in matrices(self.model)]

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        for clustered in self.matrices:
            clustered.move()


class _Clustered:
    """A matrix and its clusters."""

    def __init__(self, variable: keras.Variable, clusters: int, method: str):
        self.variable = variable
        weights = variable.numpy()
        used = weights[weights != 0]
        own = clusters - (used.size < weights.size)
        # In a resumed training the clusters exist.
        centroids = np.unique(used)
        if len(centroids) > own:
            centroids = k_means(used, np.sort(centroids_of(used, own, method)))
        self.zero = tf.constant(weights == 0)
        self.centroids = tf.constant(centroids, variable.dtype)
        self.members = tf.constant(nearest(weights, centroids))
        self._show()

    def move(self) -> None:
        """Moves each cluster as the optimizer has moved its members, on the average."""
        moved = tf.where(self.zero, 0.0, self.variable - self.clustered)
        members = tf.cast(tf.logical_not(self.zero), moved.dtype)
        count = tf.size(self.centroids)
        sums, sizes = (tf.math.unsorted_segment_sum(each, self.members, count) for each in (moved, members))
        self.centroids += tf.math.divide_no_nan(sums, sizes)
        self._show()

    def _show(self) -> None:
        self.clustered = tf.where(self.zero, 0.0, tf.gather(self.centroids, self.members))
        self.variable.assign(self.clustered)


def k_means(weights: np.ndarray, centroids: np.ndarray, rounds: int = 10) -> np.ndarray:
    """Move centroids to the means of the weights that they are nearest to, a number of times (Lloyd 1982).

    Args:
        weights: `(count,)`.
        centroids: `(clusters,)`, ascending.
        rounds: how often.

    Returns:
        The centroids, ascending.
    """
    for _ in range(rounds):
        members = nearest(weights, centroids)
        sums, sizes = (np.bincount(members, each, len(centroids)) for each in (weights, np.ones_like(weights)))
        # One that nothing is near to stays where it is.
        centroids = np.sort(np.where(sizes > 0, sums / np.maximum(sizes, 1), centroids))
    return centroids.astype(weights.dtype)


def nearest(weights: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Which of ascending centroids each weight is nearest to, int32, of the shape of the weights."""
    middles = (centroids[1:] + centroids[:-1]) / 2
    return np.searchsorted(middles, weights).astype(np.int32)
