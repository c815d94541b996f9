"""Token-weighted training metrics."""

from typing import Any

import keras
import tensorflow as tf

from edge.tokenizer import PAD
from keras_s2s.layers.objective import TOTALS
from keras_s2s.losses import token_losses
from keras_s2s.tensors import Tensor


class TokenMean(keras.metrics.Metric):
    """Mean of a value over all real target tokens seen since the last reset."""

    def __init__(self, name: str, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.total = self.add_variable((), "zeros", dtype="float32", name="total")
        self.tokens = self.add_variable((), "zeros", dtype="float32", name="tokens")

    def add(self, total: Tensor, tokens: Tensor) -> None:
        """Adds a sum of values, and of how many tokens it is."""
        self.total.assign_add(total)
        self.tokens.assign_add(tokens)

    def result(self) -> Tensor:
        return tf.math.divide_no_nan(self.total.value, self.tokens.value)


@keras.saving.register_keras_serializable("keras_s2s")
class Perplexity(TokenMean):
    """`exp` of the mean cross-entropy of real target tokens, without label smoothing."""

    def __init__(self, name: str = "perplexity", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        """Adds targets `(batch, target_length)`, padded with 0, and logits `(..., vocabulary)`."""
        losses, weights = token_losses(tf.cast(y_true, tf.int32), tf.cast(y_pred, tf.float32))
        self.add(tf.reduce_sum(losses), tf.reduce_sum(weights))

    def result(self) -> Tensor:
        return tf.exp(super().result())


@keras.saving.register_keras_serializable("keras_s2s")
class TokenAccuracy(TokenMean):
    """Fraction of target tokens (without padding) that are predicted with the highest probability."""

    def __init__(self, name: str = "accuracy", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        """Adds targets `(batch, target_length)`, padded with 0, and logits `(..., vocabulary)`."""
        targets = tf.cast(y_true, tf.int32)
        real = tf.not_equal(targets, PAD)
        right = tf.equal(tf.argmax(y_pred, axis=-1, output_type=tf.int32), targets) & real
        self.add(tf.reduce_sum(tf.cast(right, tf.float32)), tf.reduce_sum(tf.cast(real, tf.float32)))


class ObjectiveMean(TokenMean):
    """Mean over all real target tokens of one of the sums that `keras_s2s.layers.objective.Objective` makes.

    Args:
        name: of the metric.
        total: a key of `TOTALS`.
    """

    def __init__(self, name: str, total: str, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.total_name = total

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        """Adds sums `(4,)`."""
        self.add(y_pred[TOTALS.index(self.total_name)], y_pred[TOTALS.index("tokens")])


@keras.saving.register_keras_serializable("keras_s2s")
class ObjectivePerplexity(ObjectiveMean):
    """The same as `Perplexity`, from an objective's sums."""

    def __init__(self, name: str = "perplexity", **kwargs: Any):
        super().__init__(name, "cross_entropy", **kwargs)

    def result(self) -> Tensor:
        return tf.exp(super().result())


@keras.saving.register_keras_serializable("keras_s2s")
class ObjectiveAccuracy(ObjectiveMean):
    """The same as `TokenAccuracy`, from an objective's sums."""

    def __init__(self, name: str = "accuracy", **kwargs: Any):
        super().__init__(name, "correct", **kwargs)


@keras.saving.register_keras_serializable("keras_s2s")
class PaddingShare(TokenMean):
    """Fraction of the target positions that are padding."""

    def __init__(self, name: str = "padding", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        """Adds targets `(batch, target_length)`, padded with 0."""
        self.add(tf.reduce_sum(tf.cast(tf.equal(y_true, PAD), tf.float32)), tf.cast(tf.size(y_true), tf.float32))
