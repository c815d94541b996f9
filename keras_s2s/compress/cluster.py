"""Weight clustering."""

import keras
import numpy as np
import tensorflow as tf

from keras_s2s.compress.matrices import matrices
from keras_s2s.compress.tfmot import centroids_of


class Clustering(keras.callbacks.Callback):
    """Lets each matrix have only so many distinct values, which are trained (Han et al. 2016; tfmot's clustering).

    After each step of the optimizer a cluster's value moves by the mean of what the step would have done to its
    members. What it would have done to each of them is kept as well, and now and then says which cluster a weight
    belongs to, as tfmot's gradient for the original weights does.

    Zeros stay zero, and count as one of the values: a pruned model keeps its sparsity.

    Args:
        clusters: distinct values of a matrix at most.
        centroids: how the first ones are found, a key of `tfmot.CENTROIDS`.
        reassign: steps between two looks at which cluster is the nearest one.

    Raises:
        ValueError: fewer than two clusters.
    """

    def __init__(self, clusters: int, centroids: str = "linear", reassign: int = 20):
        super().__init__()
        if clusters < 2:
            raise ValueError(f"there must be 2 clusters at least, not {clusters}")
        self.clusters = clusters
        self.centroids = centroids
        self.reassign = reassign

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.matrices: list[_Clustered] = []

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        # Not earlier: where training goes on, another callback has only now put the weights back.
        if not self.matrices:
            self.matrices = [_Clustered(each, self.clusters, self.centroids) for each in matrices(self.model)]

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        for clustered in self.matrices:
            clustered.move()
            if batch % self.reassign == self.reassign - 1:
                clustered.assign()


class _Clustered:
    """A matrix, its clusters, and what its weights would be without them."""

    def __init__(self, variable: keras.Variable, clusters: int, method: str):
        self.variable = variable
        weights = np.array(variable.value)
        used = weights[weights != 0]
        self.zero = tf.constant(weights == 0)
        own = clusters - (used.size < weights.size)
        # Where training goes on, the clusters are there.
        found = np.unique(used)
        if len(found) > own:
            found = np.sort(centroids_of(used, own, method))
        self.centroids = tf.constant(found, variable.dtype)
        self.free = tf.convert_to_tensor(variable)
        self.assign()

    def move(self) -> None:
        """Moves each cluster as the optimizer has moved its members, on the average."""
        moved = tf.where(self.zero, 0.0, self.variable - self.clustered)
        self.free += moved
        count = tf.size(self.centroids)
        members = tf.cast(tf.logical_not(self.zero), moved.dtype)
        sums, sizes = (tf.math.unsorted_segment_sum(each, self.members, count) for each in (moved, members))
        self.centroids += tf.math.divide_no_nan(sums, sizes)
        self._show()

    def assign(self) -> None:
        """Gives each weight to the nearest cluster."""
        # Clusters that have passed each other change places: what is nearest is between two neighbours' middles.
        self.centroids = tf.sort(self.centroids)
        middles = (self.centroids[1:] + self.centroids[:-1]) / 2
        self.members = tf.reshape(tf.searchsorted(middles, tf.reshape(self.free, (-1,))), tf.shape(self.free))
        self._show()

    def _show(self) -> None:
        self.clustered = tf.where(self.zero, 0.0, tf.gather(self.centroids, self.members))
        self.variable.assign(self.clustered)
