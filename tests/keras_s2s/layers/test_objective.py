"""The fused objective against the plain one: logits, then a loss and metrics on them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.layers import objective
from keras_s2s.layers.embedding import ScaledEmbedding
from keras_s2s.layers.objective import TOTALS, Objective
from keras_s2s.layers.product import precision
from keras_s2s.losses import MaskedCrossEntropy, MeanObjective
from keras_s2s.metrics import (
    ObjectiveAccuracy,
    ObjectivePerplexity,
    PaddingShare,
    Perplexity,
    TokenAccuracy,
)

LABELS = tf.constant([[5, 6, 7, 3, 0], [8, 3, 0, 0, 0], [4, 9, 9, 1, 3]])
REAL = 11


@pytest.fixture(params=[True, False], ids=["tied", "untied"])
def embedding(request: pytest.FixtureRequest) -> ScaledEmbedding:
    keras.utils.set_random_seed(5)
    layer = ScaledEmbedding(10, 6, request.param)
    layer.build()
    return layer


@pytest.fixture
def readout() -> tf.Tensor:
    return tf.constant(np.random.default_rng(2).normal(size=(3, 5, 6)), tf.float32)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("chunk", [4, 1024])
def test_loss_and_gradients_equal_the_plain_ones(monkeypatch, embedding, readout, smoothing, chunk):
    """Eleven real tokens: chunks of four do not divide them."""
    monkeypatch.setattr(objective, "CHUNK", chunk)
    layer, weights = Objective(embedding, smoothing), embedding.projection.value

    def fused(readout):
        return MeanObjective()(LABELS, layer(readout, LABELS, training=True))

    def plain(readout):
        return MaskedCrossEntropy(smoothing)(LABELS, embedding(readout, reverse=True))

    results = []
    for compute in (fused, plain):
        with tf.GradientTape() as tape:
            tape.watch(readout)
            loss = tf.function(compute)(readout)
        results.append([loss, *tape.gradient(loss, [readout, weights])])
    for made, expected in zip(*results, strict=True):
        np.testing.assert_allclose(made, expected, atol=2e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("chunk", [4, 1024])
@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_teachers_distribution_is_a_share_of_the_loss(monkeypatch, embedding, readout, smoothing, chunk, share):
    monkeypatch.setattr(objective, "CHUNK", chunk)
    teacher = ScaledEmbedding(10, 4)
    teacher.build()
    taught = tf.constant(np.random.default_rng(3).normal(size=(3, 5, 4)), tf.float32)
    layer, weights = Objective(embedding, smoothing, teacher, share), embedding.projection.value

    def fused(readout):
        return MeanObjective()(LABELS, layer(readout, LABELS, taught, training=True))

    def plain(readout):
        logits = embedding(readout, reverse=True)
        expected = tf.nn.softmax(teacher(taught, reverse=True))
        each = tf.nn.softmax_cross_entropy_with_logits(expected, logits)
        taught_loss = tf.reduce_sum(tf.where(LABELS == 0, 0.0, each)) / REAL
        return share * taught_loss + (1.0 - share) * MaskedCrossEntropy(smoothing)(LABELS, logits)

    results = []
    for compute in (fused, plain):
        with tf.GradientTape() as tape:
            tape.watch([readout, taught])
            loss = tf.function(compute)(readout)
        results.append([loss, *tape.gradient(loss, [readout, weights])])
    for made, expected in zip(*results, strict=True):
        np.testing.assert_allclose(made, expected, atol=2e-6)
    # What is reported beside the loss is of the labels only.
    without = Objective(embedding, smoothing)(readout, LABELS)
    np.testing.assert_allclose(layer(readout, LABELS, taught)[1:], without[1:], rtol=1e-6)


def test_metrics_equal_the_plain_ones(embedding, readout):
    sums, logits = Objective(embedding, 0.1)(readout, LABELS), embedding(readout, reverse=True)
    for fused, plain in ((ObjectivePerplexity(), Perplexity()), (ObjectiveAccuracy(), TokenAccuracy())):
        assert fused.name == plain.name
        fused.update_state(LABELS, sums)
        plain.update_state(LABELS, logits)
        assert float(fused.result()) == pytest.approx(float(plain.result()), rel=1e-5)
    assert float(sums[TOTALS.index("tokens")]) == REAL


def test_padding_share():
    metric = PaddingShare()
    metric.update_state(LABELS, None)
    assert float(metric.result()) == pytest.approx((LABELS.numpy().size - REAL) / LABELS.numpy().size)


def test_validation_makes_no_gradient(embedding, readout):
    np.testing.assert_allclose(
        Objective(embedding)(readout, LABELS), Objective(embedding)(readout, LABELS, training=True), rtol=1e-6
    )


def test_a_hopeless_token_has_a_finite_loss_and_the_right_gradient(embedding):
    """Logits so far apart that the label's probability is zero in float32."""
    layer = Objective(embedding)
    readout = tf.constant(1e4 * embedding.projection.numpy()[None, 2:3])
    labels = tf.constant([[4]])
    with tf.GradientTape() as tape:
        tape.watch(readout)
        sums = layer(readout, labels, training=True)
    assert 80 < float(sums[0]) < 90
    expected = embedding.projection.numpy()[2] - embedding.projection.numpy()[4]
    np.testing.assert_allclose(tape.gradient(sums, readout)[0, 0], expected, atol=1e-5)


def test_bfloat16_is_near_float32(embedding, readout):
    with precision("bfloat16"):
        near = Objective(embedding, 0.1)(readout, LABELS, training=True)
    np.testing.assert_allclose(near, Objective(embedding, 0.1)(readout, LABELS, training=True), rtol=0.02)


def test_a_batch_of_padding_only(embedding, readout):
    sums = Objective(embedding)(readout, tf.zeros_like(LABELS), training=True)
    np.testing.assert_array_equal(sums, np.zeros(4))
    assert float(MeanObjective()(LABELS, sums)) == 0.0
