import numpy as np
import pytest
import tensorflow as tf
from tensorflow_model_optimization.python.core.clustering.keras.clustering_algorithm import ClusteringAlgorithm

from keras_s2s.compress.cluster import Clustering, _Clustered
from keras_s2s.compress.prune import Pruning
from keras_s2s.compress.tfmot import CENTROIDS, ConstantSparsity


@pytest.mark.parametrize("centroids", CENTROIDS)
def test_a_plain_model_has_few_values_and_trains(model, train, centroids):
    before = train(Clustering(4, centroids), batches=1)
    after = train(Clustering(4, centroids), batches=60)
    for path, weights in after.items():
        assert len(np.unique(weights)) <= 4
        assert np.any(weights != before[path])


def test_zeros_stay_and_count_as_a_value(train):
    before = train(Pruning(ConstantSparsity(0.5, begin_step=0, frequency=1)))
    after = train(Clustering(4))
    for path, weights in after.items():
        assert len(np.unique(weights)) <= 4
        np.testing.assert_array_equal(weights == 0, before[path] == 0)


def test_weights_belong_to_the_nearest_cluster_as_in_tfmot(model):
    variable = model.get_layer("hidden").kernel
    weights = np.array(variable.value)
    clustered = _Clustered(variable, 5, "density")
    expected = ClusteringAlgorithm(tf.Variable(clustered.centroids)).get_pulling_indices(tf.constant(weights))
    np.testing.assert_array_equal(clustered.members, expected)


def test_a_cluster_moves_by_the_mean_of_its_members(model):
    variable = model.get_layer("output").kernel
    clustered = _Clustered(variable, 3, "linear")
    before, members = np.array(clustered.centroids), np.array(clustered.members)
    moves = np.random.default_rng(2).normal(size=variable.shape).astype("float32") * 1e-3
    variable.assign(variable + moves)
    clustered.move()
    expected = [before[index] + moves[members == index].mean() for index in range(3)]
    np.testing.assert_allclose(np.unique(variable.value), expected, rtol=1e-5)


def test_weights_change_their_cluster(model):
    variable = model.get_layer("output").kernel
    clustered = _Clustered(variable, 2, "linear")
    low, high = np.array(clustered.centroids)
    target = np.argmin(np.array(variable.value).reshape(-1))
    for _ in range(10):
        moved = np.array(variable.value).reshape(-1)
        moved[target] += (high - low) / 5
        variable.assign(moved.reshape(variable.shape))
        clustered.move()
    clustered.assign()
    assert np.array(clustered.members).reshape(-1)[target] == 1


def test_one_cluster_is_refused():
    with pytest.raises(ValueError, match="2 clusters at least, not 1"):
        Clustering(1)
