"""Overlap of predicted and true masks, pooled over all pixels seen since the last reset."""

from typing import Any

import keras
import tensorflow as tf

from keras_s2s.mask_losses import IGNORED
from keras_s2s.tensors import Tensor


class MaskOverlap(keras.metrics.Metric):
    """Count the pixels of the true mask, of the predicted mask and of their intersection.

    A pixel is predicted to be of its most probable class; of a single class, if that is more probable than not. With a
    single class the result is that of the foreground, else the mean over the classes that there are.

    Args:
        classes: of the network.
        name: of the metric.
    """

    def __init__(self, classes: int, name: str, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.classes = classes
        self.shared, self.true, self.predicted = (
            self.add_variable((classes,), "zeros", dtype="float32", name=part)
            for part in ("shared", "true", "predicted")
        )

    def update_state(self, y_true: Tensor, y_pred: Tensor, sample_weight: Tensor | None = None) -> None:
        """Adds labels `(batch, height, width)` and logits `(batch, height, width, classes)`.

        Further logits, of deep supervision, do not count.
        """
        y_pred = y_pred[..., : self.classes]
        labels = tf.cast(y_true, tf.int32)[..., None]
        if self.classes == 1:
            predicted, true = y_pred > 0.0, labels == 1
        else:
            ids = tf.range(self.classes)
            predicted, true = tf.argmax(y_pred, axis=-1, output_type=tf.int32)[..., None] == ids, labels == ids
        predicted &= labels != IGNORED
        for variable, pixels in ((self.shared, true & predicted), (self.true, true), (self.predicted, predicted)):
            variable.assign_add(tf.reduce_sum(tf.cast(pixels, tf.float32), axis=(0, 1, 2)))

    def result(self) -> Tensor:
        present = tf.cast(self.true.value + self.predicted.value > 0, tf.float32)
        return tf.math.divide_no_nan(tf.reduce_sum(self.ratios() * present), tf.reduce_sum(present))

    def ratios(self) -> Tensor:
        """Of each class `(classes,)`, from the counts."""
        raise NotImplementedError

    def get_config(self) -> dict:
        return super().get_config() | {"classes": self.classes}


@keras.saving.register_keras_serializable("keras_s2s")
class MaskIoU(MaskOverlap):
    """Intersection over union (Jaccard index)."""

    def __init__(self, classes: int = 1, name: str = "iou", **kwargs: Any):
        super().__init__(classes, name, **kwargs)

    def ratios(self) -> Tensor:
        union = self.true.value + self.predicted.value - self.shared.value
        return tf.math.divide_no_nan(self.shared.value, union)


@keras.saving.register_keras_serializable("keras_s2s")
class MaskDice(MaskOverlap):
    """Twice the intersection over the sum of both areas (F1 score of the pixels)."""

    def __init__(self, classes: int = 1, name: str = "dice", **kwargs: Any):
        super().__init__(classes, name, **kwargs)

    def ratios(self) -> Tensor:
        return tf.math.divide_no_nan(2.0 * self.shared.value, self.true.value + self.predicted.value)
