import numpy as np
import pytest
import tensorflow as tf
from tensorflow_model_optimization.python.core.clustering.keras.clustering_algorithm import ClusteringAlgorithm

from keras_s2s.compress.cluster import Clustering, _Clustered, k_means, nearest
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


def test_weights_belong_to_the_nearest_cluster_as_in_tfmot():
    weights = np.random.default_rng(2).normal(size=(20, 10)).astype("float32")
    centroids = np.sort(weights.reshape(-1)[:5])
    expected = ClusteringAlgorithm(tf.Variable(centroids)).get_pulling_indices(tf.constant(weights))
    np.testing.assert_array_equal(nearest(weights, centroids), expected)


def test_k_means_by_hand():
    weights = np.array([0.0, 1.0, 2.0, 9.0, 11.0], "float32")
    # 9 is nearer to 10 than to 0, and 2 to 0 than to 10; nothing is nearest to 50.
    np.testing.assert_allclose(k_means(weights, np.array([0.0, 10.0, 50.0], "float32")), [1.0, 10.0, 50.0])


def test_a_cluster_moves_by_the_mean_of_its_members(model):
    variable = model.get_layer("output").kernel
    clustered = _Clustered(variable, 3, "linear")
    before, members = np.array(clustered.centroids), np.array(clustered.members)
    moves = np.random.default_rng(2).normal(size=variable.shape).astype("float32") * 1e-3
    variable.assign(variable + moves)
    clustered.move()
    expected = [before[index] + moves[members == index].mean() for index in range(3)]
    np.testing.assert_allclose(np.unique(variable.value), expected, rtol=1e-5)


def test_one_cluster_is_refused():
    with pytest.raises(ValueError, match="2 clusters at least, not 1"):
        Clustering(1)
