"""Quantization-aware training."""

from collections.abc import Callable

import keras
import tensorflow as tf

from keras_s2s.compress.matrices import matrices
from keras_s2s.tensors import Tensor


class QuantizationAware(keras.callbacks.Callback):
    """Trains weights that are good after they are rounded (Jacob et al. 2018).

    Before each step the weights are rounded as the exporter will round them; afterwards the step is taken from where
    they were. So gradients are those of the rounded network, and small steps add up: the straight-through estimator
    (Bengio et al. 2013). For validation the weights are rounded, too, and stay so until callbacks that stand before
    this one have seen the epoch's end; and in the end they are rounded for good. What is saved at these times, the
    exporter's integers hold exactly.

    Args:
        bits: 8 or 4.
        channels: says which axis of a matrix has a scale for each of its channels; None for one scale a matrix.
    """

    def __init__(self, bits: int, channels: Callable[[keras.Variable], int | None] = lambda _: None):
        super().__init__()
        self.bits = bits
        self.channels = channels

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.matrices = matrices(self.model)
        self.validated = False

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        self._round()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        for variable, free, rounded in zip(self.matrices, self.free, self.rounded, strict=True):
            variable.assign(free + (variable - rounded))

    def on_test_begin(self, logs: dict | None = None) -> None:
        self._round()
        self.validated = True

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.validated:
            for variable, free in zip(self.matrices, self.free, strict=True):
                variable.assign(free)
        self.validated = False

    def on_train_end(self, logs: dict | None = None) -> None:
        self._round()

    def _round(self) -> None:
        self.free = [tf.identity(variable) for variable in self.matrices]
        self.rounded = [
            fake_quantize(free, self.bits, self.channels(variable))
            for variable, free in zip(self.matrices, self.free, strict=True)
        ]
        for variable, rounded in zip(self.matrices, self.rounded, strict=True):
            variable.assign(rounded)


def fake_quantize(weights: Tensor, bits: int, axis: int | None = None) -> Tensor:
    """Rounds weights to what integers with a scale can hold, symmetrically around zero.

    Args:
        weights: any shape.
        bits: of the integers.
        axis: of the channels, which have a scale each; None for one scale.

    Returns:
        The rounded weights. The largest of a channel is the largest integer, so rounding them again changes nothing.
    """
    if axis is None:
        most = tf.reduce_max(tf.abs(weights))
        return tf.quantization.fake_quant_with_min_max_vars(weights, -most, most, bits, narrow_range=True)
    # The operator wants channels last.
    last = len(weights.shape) - 1
    order = [index for index in range(last + 1) if index != axis % (last + 1)] + [axis % (last + 1)]
    moved = tf.transpose(weights, order)
    most = tf.reduce_max(tf.abs(moved), axis=list(range(last)))
    rounded = tf.quantization.fake_quant_with_min_max_vars_per_channel(moved, -most, most, bits, narrow_range=True)
    return tf.transpose(rounded, [order.index(index) for index in range(last + 1)])
