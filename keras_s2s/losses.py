"""The training loss."""

from typing import Any

import keras
import tensorflow as tf

from edge.tokenizer import PAD
from keras_s2s.layers.objective import TOTALS
from keras_s2s.replicas import sum_over_replicas
from keras_s2s.tensors import Tensor


def token_losses(targets: Tensor, logits: Tensor) -> tuple[Tensor, Tensor]:
    """Cross-entropy of each token, and which tokens count.

    Args:
        targets: token ids `(batch, target_length)`, padded with 0.
        logits: `(batch, target_length, vocabulary)`.

    Returns:
        Losses in nats `(batch, target_length)`, zero at padding; weights of the same shape, 1 at real tokens.
    """
    weights = tf.cast(tf.not_equal(targets, PAD), logits.dtype)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits)
    return losses * weights, weights


@keras.saving.register_keras_serializable("keras_s2s")
class MaskedCrossEntropy(keras.losses.Loss):
    """Mean cross-entropy of the real target tokens, in nats.

    Args:
        label_smoothing: fraction of the target probability spread evenly over the vocabulary (Szegedy et al. 2016).
    """

    def __init__(self, label_smoothing: float = 0.0, name: str = "cross_entropy", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.label_smoothing = label_smoothing

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Targets `(batch, target_length)`, padded with 0, and logits `(..., vocabulary)` to a scalar."""
        targets = tf.cast(y_true, tf.int32)
        logits = tf.cast(y_pred, tf.float32)
        losses, weights = token_losses(targets, logits)
        if self.label_smoothing:
            # The cross-entropy with the uniform distribution is log_sum - mean(logits), and that with the target is
            # log_sum - logit(target): their difference needs no second softmax.
            chosen = tf.gather(logits, targets, batch_dims=2)
            losses += self.label_smoothing * (chosen - tf.reduce_mean(logits, axis=-1)) * weights
        return tf.math.divide_no_nan(tf.reduce_sum(losses), tf.reduce_sum(weights))

    def get_config(self) -> dict:
        return super().get_config() | {"label_smoothing": self.label_smoothing}


@keras.saving.register_keras_serializable("keras_s2s")
class MeanObjective(keras.losses.Loss):
    """Mean loss of the real target tokens, from the sums that `keras_s2s.layers.objective.Objective` makes.

    With replicas each one has the gradient of its part of the mean over the tokens of all: the sum of the gradients is
    that of the whole batch. Its value is scaled so that the mean over replicas is the loss of the batch.
    """

    def __init__(self, name: str = "mean_objective", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Sums `(4,)` to a scalar; the labels are in the sums already."""
        loss, tokens = y_pred[TOTALS.index("loss")], y_pred[TOTALS.index("tokens")]
        whole_loss, whole_tokens = tf.unstack(sum_over_replicas(tf.stack([loss, tokens])))
        share = tf.math.divide_no_nan(loss, whole_tokens)
        even = tf.math.divide_no_nan(whole_loss, whole_tokens * tf.distribute.get_strategy().num_replicas_in_sync)
        return share + tf.stop_gradient(even - share)
