import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.losses import MeanObjective

SOURCE = np.array([[5, 6, 7, 3], [8, 3, 0, 0], [4, 9, 3, 0], [5, 5, 5, 3], [6, 3, 0, 0]])
LABELS = np.array([[5, 6, 3], [8, 3, 0], [4, 9, 3], [3, 0, 0], [6, 7, 3]])
TARGET = np.array([[2, 5, 6], [2, 8, 0], [2, 4, 9], [2, 0, 0], [2, 6, 7]])
BATCH = {"source": SOURCE, "target": TARGET, "labels": LABELS}


@pytest.mark.parametrize("parts", [2, 3, 8])
def test_parts_add_up_to_the_whole(network, parts):
    """Five sentences: parts of different size, and of none."""
    models = network(dropout=0.0)
    batch = {name: tf.constant(ids, tf.int32) for name, ids in BATCH.items()}
    results = []
    for count in (1, parts):
        model = models.objective(0.1, count)
        assert [weight.path for weight in model.trainable_weights] == [
            weight.path for weight in models.objective().trainable_weights
        ]
        with tf.GradientTape() as tape:
            loss = MeanObjective()(LABELS, model(batch, training=True))
        gradients = tape.gradient(loss, [weight.value for weight in model.trainable_weights])
        results.append([loss, *map(tf.convert_to_tensor, gradients)])
    for whole, made in zip(*results, strict=True):
        np.testing.assert_allclose(made, whole, atol=1e-5)
