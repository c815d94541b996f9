"""The loss of connectionist temporal classification, beside a decoder's."""

from typing import Any

import keras
import tensorflow as tf

from edge.tokenizer import EOS, PAD, UNK
from keras_s2s.layers.objective import TOTALS
from keras_s2s.tensors import Tensor


def ctc_losses(logits: Tensor, mask: Tensor, labels: Tensor) -> Tensor:
    """Negative log probability of each target, over all ways to spread it over the positions (Graves et al. 2006).

    Args:
        logits: `(batch, length, vocabulary)`; the blank is 0, the padding id.
        mask: boolean `(batch, length)`, true at real positions.
        labels: token ids int32 `(batch, target_length)`, ended by EOS, which CTC does not need, and padded with 0.

    Returns:
        In nats, `(batch,)`; zero for a target without tokens, and for one that its positions are too few for.
    """
    labels = tf.where(tf.equal(labels, EOS), PAD, labels)
    positions = _count(mask)
    fits = tf.logical_and(tf.not_equal(labels[:, 0], PAD), tf.less_equal(_needed(labels), positions))
    # TensorFlow's kernel takes neither an empty batch nor an empty target. It counts nothing for a target without a
    # position: that is what does not fit becomes, and what is added.
    labels = tf.pad(tf.where(tf.expand_dims(fits, 1), labels, UNK), [[0, 1], [0, 0]], constant_values=UNK)
    positions = tf.pad(tf.where(fits, positions, 0), [[0, 1]])
    # It has the blank last.
    logits = tf.pad(tf.concat([logits[:, :, PAD + 1 :], logits[:, :, : PAD + 1]], axis=-1), [[0, 1], [0, 0], [0, 0]])
    where = tf.where(tf.not_equal(labels, PAD))
    sparse = tf.SparseTensor(where, tf.gather_nd(labels, where) - 1, tf.shape(labels, tf.int64))
    losses = tf.compat.v1.nn.ctc_loss(
        sparse, logits, positions, time_major=False, ignore_longer_outputs_than_inputs=True
    )
    return losses[:-1]


def _needed(labels: Tensor) -> Tensor:
    """Positions that each target needs: one for a token, and one for the blank between two equal ones."""
    repeated = tf.logical_and(tf.equal(labels[:, 1:], labels[:, :-1]), tf.not_equal(labels[:, 1:], PAD))
    return _count(tf.not_equal(labels, PAD)) + _count(repeated)


def _count(true: Tensor) -> Tensor:
    """How many are true in each row, int32 `(batch,)`."""
    return tf.reduce_sum(tf.cast(true, tf.int32), axis=1)


class CtcObjective(keras.layers.Layer):
    """Mixes the loss of CTC into the sums of `Objective` (Watanabe et al. 2017). It is for training, and is not saved.

    Args:
        weight: fraction of the loss that is CTC's.

    Call arguments:
        totals: what `Objective` returned.
        logits, mask, labels: as for `ctc_losses`.

    Output:
        The sums, with another loss.
    """

    def __init__(self, weight: float, **kwargs: Any):
        super().__init__(**kwargs)
        self.weight = weight

    def call(self, totals: Tensor, logits: Tensor, mask: Tensor, labels: Tensor) -> Tensor:
        rest = tf.one_hot(TOTALS.index("loss"), len(TOTALS))
        loss = tf.reduce_sum(ctc_losses(logits, mask, labels))
        return totals * (1.0 - self.weight * rest) + self.weight * rest * loss

    def compute_output_spec(
        self, totals: keras.KerasTensor, logits: keras.KerasTensor, mask: keras.KerasTensor, labels: keras.KerasTensor
    ) -> keras.KerasTensor:
        return keras.KerasTensor(totals.shape, totals.dtype)
