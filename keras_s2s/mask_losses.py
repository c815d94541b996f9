"""Losses of segmentation networks. Pixels labelled `IGNORED` have neither loss nor gradient."""

from typing import Any

import keras
import tensorflow as tf

from keras_s2s.tensors import Tensor

# The ignore index: label of pixels outside the image, or of unknown class.
IGNORED = 255

# Keeps ratios of areas defined, and their gradients calm, where a batch has next to nothing of a class: in pixels.
_SMOOTH = 1.0


def prepare(labels: Tensor, logits: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Brings labels and logits into the form that losses are written in.

    Args:
        labels: class ids `(batch, height, width)`; with a single class 1 is foreground and 0 is not.
        logits: `(batch, height, width, classes)`.

    Returns:
        Flattened, over the pixels of the whole batch: truth `(pixels, classes)`, 1 at the right class; logits and
        probabilities of the same shape, float32; weights `(pixels, 1)`, 0 for ignored pixels.
    """
    classes = logits.shape[-1]
    labels = tf.reshape(tf.cast(labels, tf.int32), (-1,))
    logits = tf.reshape(tf.cast(logits, tf.float32), (-1, classes))
    counted = tf.not_equal(labels, IGNORED)
    # An ignored label is no class: its row of the truth is zero.
    truth = tf.cast(tf.equal(labels, 1), tf.float32)[:, None] if classes == 1 else tf.one_hot(labels, classes)
    probabilities = tf.sigmoid(logits) if classes == 1 else tf.nn.softmax(logits)
    return truth, logits, probabilities, tf.cast(counted, tf.float32)[:, None]


def cross_entropies(truth: Tensor, logits: Tensor) -> Tensor:
    """Cross-entropy of each pixel `(pixels, 1)` in nats: binary for a single class, else over the classes."""
    if logits.shape[-1] == 1:
        return tf.nn.sigmoid_cross_entropy_with_logits(truth, logits)
    return tf.nn.softmax_cross_entropy_with_logits(truth, logits)[:, None]


def tversky_index(
    truth: Tensor, probabilities: Tensor, weights: Tensor, false_positives: float, false_negatives: float
) -> Tensor:
    """Overlap of prediction and truth, of each class over all pixels: 1 where they are the same. Half and half is Dice.

    Args:
        truth, probabilities: `(pixels, classes)`.
        weights: `(pixels, 1)`.
        false_positives, false_negatives: what a wrong pixel costs.

    Returns:
        `(classes,)`.
    """
    shared = tf.reduce_sum(weights * truth * probabilities, axis=0)
    wrong = tf.reduce_sum(weights * (1.0 - truth) * probabilities, axis=0)
    missed = tf.reduce_sum(weights * truth * (1.0 - probabilities), axis=0)
    return (shared + _SMOOTH) / (shared + false_positives * wrong + false_negatives * missed + _SMOOTH)


def _mean(values: Tensor, weights: Tensor) -> Tensor:
    return tf.math.divide_no_nan(tf.reduce_sum(values * weights), tf.reduce_sum(weights))


@keras.saving.register_keras_serializable("keras_s2s")
class CrossEntropyDice(keras.losses.Loss):
    """Mean cross-entropy of the pixels, plus one minus the Dice coefficient of the batch, averaged over classes.

    Dice (Milletari et al. 2016) does not care how rare a class is; cross-entropy has the steadier gradient.
    """

    def __init__(self, name: str = "cross_entropy_dice", **kwargs: Any):
        super().__init__(name=name, **kwargs)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Labels `(batch, height, width)` and logits `(batch, height, width, classes)` to a scalar."""
        truth, logits, probabilities, weights = prepare(y_true, y_pred)
        dice = tversky_index(truth, probabilities, weights, 0.5, 0.5)
        return _mean(cross_entropies(truth, logits), weights) + 1.0 - tf.reduce_mean(dice)


@keras.saving.register_keras_serializable("keras_s2s")
class Tversky(keras.losses.Loss):
    """One minus the Tversky index of the batch, averaged over classes (Salehi et al. 2017).

    Args:
        false_positives: what a pixel costs that is wrongly foreground.
        false_negatives: what a pixel costs that was missed; more of it for foreground that is rare.
    """

    def __init__(
        self, false_positives: float = 0.3, false_negatives: float = 0.7, name: str = "tversky", **kwargs: Any
    ):
        super().__init__(name=name, **kwargs)
        self.false_positives = false_positives
        self.false_negatives = false_negatives

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Labels `(batch, height, width)` and logits `(batch, height, width, classes)` to a scalar."""
        truth, _, probabilities, weights = prepare(y_true, y_pred)
        index = tversky_index(truth, probabilities, weights, self.false_positives, self.false_negatives)
        return 1.0 - tf.reduce_mean(index)

    def get_config(self) -> dict:
        own = {"false_positives": self.false_positives, "false_negatives": self.false_negatives}
        return super().get_config() | own


@keras.saving.register_keras_serializable("keras_s2s")
class Focal(keras.losses.Loss):
    """Cross-entropy that cares less for pixels that are nearly right already (Lin et al. 2017).

    Args:
        gamma: how much less; 0 is plain cross-entropy.
    """

    def __init__(self, gamma: float = 2.0, name: str = "focal", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.gamma = gamma

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Labels `(batch, height, width)` and logits `(batch, height, width, classes)` to a scalar."""
        truth, logits, _, weights = prepare(y_true, y_pred)
        entropies = cross_entropies(truth, logits)
        # exp(-cross-entropy) is the probability of what is right.
        return _mean((1.0 - tf.exp(-entropies)) ** self.gamma * entropies, weights)

    def get_config(self) -> dict:
        return super().get_config() | {"gamma": self.gamma}


class DeepSupervision(keras.losses.Loss):
    """Mean of a loss over the outputs of several levels of a network; each level weighs half as much as the finer one.

    Args:
        loss: of one output.
        classes: of one output.
    """

    def __init__(self, loss: keras.losses.Loss, classes: int, name: str = "deep_supervision"):
        super().__init__(name=name)
        self.loss = loss
        self.classes = classes

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """Labels `(batch, height, width)` and logits `(batch, height, width, levels * classes)` to a scalar."""
        levels = y_pred.shape[-1] // self.classes
        losses = [self.loss(y_true, logits) for logits in tf.split(y_pred, levels, axis=-1)]
        weights = [0.5**level for level in range(levels)]
        return sum(weight * loss for weight, loss in zip(weights, losses, strict=True)) / sum(weights)


MASK_LOSSES: dict[str, type[keras.losses.Loss]] = {
    "cross_entropy_dice": CrossEntropyDice,
    "focal": Focal,
    "tversky": Tversky,
}
