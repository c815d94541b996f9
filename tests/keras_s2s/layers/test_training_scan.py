"""The fast gradient against the one that TensorFlow derives from the plain loop."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.layers import decoder, recurrent
from keras_s2s.layers.scan import scan
from keras_s2s.models.seq2seq import build_seq2seq
from keras_s2s.sources.tokens import TokenSource

SOURCE = tf.constant([[5, 6, 7, 3, 0], [8, 9, 10, 11, 3], [4, 3, 0, 0, 0]])
TARGET = tf.constant([[2, 5, 6, 7], [2, 7, 0, 0], [2, 9, 8, 0]])


def plain(step, states, sequences, constants, kept, _kernels, _variables, backwards=False):
    return scan(step, states, sequences, constants, kept, backwards)


def loss_and_gradients(model: keras.Model) -> tuple[float, list[np.ndarray]]:
    @tf.function
    def compute():
        weights = [variable.value for variable in model.trainable_variables]
        with tf.GradientTape() as tape:
            logits = model({"source": SOURCE, "target": TARGET}, training=True)
            # Squares, so that no symmetry of the logits makes a gradient vanish.
            loss = tf.reduce_sum(tf.square(logits - 1.0))
        return loss, [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, weights)]

    loss, gradients = compute()
    return float(loss), [gradient.numpy() for gradient in gradients]


STACKS = [
    {"layers": 2},
    {"layers": 3, "residual": True, "layer_norm": True},
    {"layers": 2, "dropout": 0.4, "recurrent_dropout": 0.4, "embedding_dropout": 0.2},
]


@pytest.mark.parametrize("stack", STACKS, ids=str)
def test_gradients_equal_those_of_the_plain_loop(monkeypatch, cell, attention, stack):
    check_gradients(monkeypatch, {"cell": cell, "attention": attention} | stack)


def test_so_do_those_of_a_step_that_reads_where_the_last_one_looked(monkeypatch):
    """The alignment is a state that is as wide as the source is long."""
    check_gradients(monkeypatch, {"attention": "location", "residual": True, "layer_norm": True} | STACKS[-1])


def check_gradients(monkeypatch: pytest.MonkeyPatch, settings: dict) -> None:
    config = Seq2SeqModelConfig(**{"units": 8, "embedding": 6, "dropout": 0.0} | settings)

    def compute() -> tuple[list[str], float, list[np.ndarray]]:
        # The same weights, and the same masks of dropout.
        keras.utils.set_random_seed(7)
        model = build_seq2seq(config, TokenSource(config, 12), 11).training
        return [variable.path for variable in model.trainable_variables], *loss_and_gradients(model)

    _, fast_loss, fast = compute()
    monkeypatch.setattr(recurrent, "training_scan", plain)
    monkeypatch.setattr(decoder, "training_scan", plain)
    paths, plain_loss, expected = compute()

    assert fast_loss == pytest.approx(plain_loss, rel=1e-5)
    for path, gradient, reference in zip(paths, fast, expected, strict=True):
        scale = np.abs(reference).max()
        assert scale > 0, f"{path} has no gradient to compare"
        np.testing.assert_allclose(gradient, reference, atol=2e-4 * scale + 1e-9, err_msg=path)


def test_a_locked_dropout_mask_reaches_the_loop():
    """With dropout two passes differ, and gradients still reach every weight."""
    keras.utils.set_random_seed(7)
    config = Seq2SeqModelConfig(layers=2, units=8, embedding=6, dropout=0.5)
    model = build_seq2seq(config, TokenSource(config, 12), 11).training
    first, gradients = loss_and_gradients(model)
    second, _ = loss_and_gradients(model)
    assert first != second
    assert all(np.abs(gradient).max() > 0 for gradient in gradients)
