"""CTC's loss against the sum over every path there is."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from edge.tokenizer import EOS
from keras_s2s.layers.ctc import CtcObjective, ctc_losses
from keras_s2s.layers.objective import TOTALS

VOCABULARY, LENGTHS = 6, (4, 4, 4, 3, 3, 1, 4, 2)
TARGETS = [[4, 5, EOS], [4, 4, EOS], [5, EOS], [4, 4, EOS], [5, 4, 5, EOS], [4, EOS], [4, 4, 5, EOS], [1, 2, EOS]]
# Two equal tokens need a blank between them: 3 positions, 5, and 4 for the last one.
TOO_LONG = [([4, 4, EOS], 2), ([5, 5, 5, EOS], 4), ([4, 5, 1, EOS], 2), ([4, 5, 5, EOS], 3), ([4, EOS], 0)]


def padded(targets: list[list[int]]) -> np.ndarray:
    width = max(map(len, targets))
    return np.array([[*target, *[0] * (width - len(target))] for target in targets], np.int32)


LABELS = padded(TARGETS)
MASK = np.arange(5) < np.array(LENGTHS)[:, None]


@pytest.fixture
def logits() -> np.ndarray:
    """Of eight sequences; large ones at the padding."""
    values = np.random.default_rng(1).normal(size=(len(TARGETS), 5, VOCABULARY)) * 2
    values[~MASK] = 50.0 * np.arange(VOCABULARY)
    return values.astype("float32")


def brute_force(logits: tf.Tensor, target: list[int]) -> tf.Tensor:
    """Negative log probability of a target in logits `(length, vocabulary)`: all paths that collapse to it."""
    log_probabilities = tf.nn.log_softmax(tf.cast(logits, tf.float64))
    wanted = [token for token in target if token not in (0, EOS)]
    every = itertools.product({0, *wanted}, repeat=len(logits))
    paths = [path for path in every if [token for token, _ in itertools.groupby(path) if token] == wanted]
    chosen = tf.gather(log_probabilities, np.array(paths).T, axis=1, batch_dims=1)
    return -tf.reduce_logsumexp(tf.reduce_sum(chosen, axis=0))


def test_losses_and_gradients_equal_brute_force(logits):
    given = tf.constant(logits)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(given)
        losses = ctc_losses(given, tf.constant(MASK), tf.constant(LABELS))
        expected = tf.stack(
            [
                brute_force(given[row, :length], target)
                for row, (length, target) in enumerate(zip(LENGTHS, TARGETS, strict=True))
            ]
        )
    np.testing.assert_allclose(losses, expected, rtol=1e-5)
    gradient = tape.gradient(losses, given).numpy()
    np.testing.assert_allclose(gradient, tape.gradient(expected, given), atol=1e-5)
    assert (gradient[~MASK] == 0).all()
    assert (np.abs(gradient[MASK]).max(axis=-1) > 1e-6).all()


def test_a_target_without_tokens_or_with_too_few_positions_counts_nothing(logits):
    """Neither in the loss nor in the gradient, nor for the others of its batch."""
    rows = [*TOO_LONG, ([EOS], 4), ([4, 5, EOS], 4)]
    labels = padded([target for target, _ in rows])
    mask = np.arange(5) < np.array([length for _, length in rows])[:, None]
    given = tf.constant(logits[: len(rows)])
    with tf.GradientTape() as tape:
        tape.watch(given)
        losses = ctc_losses(given, tf.constant(mask), tf.constant(labels))
    gradient = tape.gradient(losses, given).numpy()
    np.testing.assert_array_equal(losses[:-1], np.zeros(len(rows) - 1))
    np.testing.assert_array_equal(gradient[:-1], np.zeros_like(gradient[:-1]))
    np.testing.assert_allclose(losses[-1], brute_force(given[-1, :4], [4, 5]), rtol=1e-5)
    assert np.abs(gradient[-1]).max() > 0


def test_an_empty_batch_and_one_of_which_nothing_fits(logits):
    """Slices of a small batch are empty."""
    for rows, labels in ((0, np.zeros((0, 3), "int32")), (2, np.array([[4, 4], [EOS, 0]], "int32"))):
        given = tf.constant(logits[:rows])
        with tf.GradientTape() as tape:
            tape.watch(given)
            losses = ctc_losses(given, tf.constant(MASK[:rows] & (np.arange(5) < 1)), labels)
        np.testing.assert_array_equal(losses, np.zeros(rows))
        np.testing.assert_array_equal(tape.gradient(losses, given), np.zeros(given.shape))


@pytest.mark.parametrize("margin", [80.0, 1e4])
def test_what_is_all_but_impossible_has_a_finite_gradient(margin):
    """Beyond 87 the probability of a token is zero in float32."""
    logits = np.zeros((1, 2, VOCABULARY), "float32")
    logits[..., 1] = margin
    given = tf.constant(logits)
    with tf.GradientTape() as tape:
        tape.watch(given)
        losses = ctc_losses(given, tf.ones((1, 2), tf.bool), tf.constant([[4, 5, EOS]]))
    np.testing.assert_allclose(losses, [2 * margin if margin < 87 else np.inf])
    # Away from the token that was so sure.
    gradient = np.asarray(tape.gradient(losses, given))
    assert np.isfinite(gradient).all() and (gradient[0, :, 1] == 1).all()


def test_same_in_a_graph_of_any_length(logits):
    specs = [tf.TensorSpec(shape, dtype) for shape, dtype in (((None, None, 6), "float32"), ((None, None), "bool"))]
    graph = tf.function(ctc_losses, input_signature=[*specs, tf.TensorSpec((None, None), tf.int32)])
    np.testing.assert_allclose(graph(logits, MASK, LABELS), ctc_losses(logits, MASK, LABELS), rtol=1e-5)


def test_the_objective_has_a_share_of_the_loss_and_of_nothing_else(logits):
    totals = tf.constant([10.0, 8.0, 5.0, 3.0])
    assert TOTALS == ("loss", "cross_entropy", "tokens", "correct")
    layer, losses = CtcObjective(0.3), ctc_losses(logits, MASK, LABELS)
    mixed = layer(totals, tf.constant(logits), tf.constant(MASK), tf.constant(LABELS))
    np.testing.assert_allclose(mixed, [0.7 * 10 + 0.3 * np.sum(losses), 8.0, 5.0, 3.0], rtol=1e-6)
    inputs = keras.Input((None, 6)), keras.Input((None,), dtype="bool"), keras.Input((None,), dtype="int32")
    spec = layer(keras.KerasTensor((4,)), *inputs)
    assert (spec.shape, spec.dtype) == ((4,), "float32")
