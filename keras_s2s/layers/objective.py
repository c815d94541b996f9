"""Chunked softmax cross-entropy: the full logits tensor is never stored."""

from typing import Any, NamedTuple

import keras
import tensorflow as tf

from edge.tokenizer import PAD
from keras_s2s.layers.embedding import ScaledEmbedding
from keras_s2s.layers.product import cast, dot_rows
from keras_s2s.tensors import Tensor

# Rows of logits that exist at a time.
CHUNK = 1024

# Keeps the logarithm finite: the loss of a token is at most 85 nats. Its gradient is right all the same.
_SMALLEST = 1e-37

# What `Objective` adds up, in this order.
TOTALS = ("loss", "cross_entropy", "tokens", "correct")


class Objective(keras.layers.Layer):
    """Sums of loss and metrics over the real tokens of a batch, without logits that outlive their use.

    Logits are by far the largest tensors of a step. Here a chunk of rows at a time is predicted, normalized, scored
    and differentiated; only sums and two gradients of readout's and embedding's size remain. Padding is not computed.
    It is a view on an embedding for training, and is not saved: the network is.

    Args:
        embedding: predicts, already built; its weights are shared, not copied.
        label_smoothing: fraction of the target probability spread evenly over the vocabulary (Szegedy et al. 2016).
        teacher: predicts for another network, whose distribution of each token is learned beside the label (word-level
            knowledge distillation, Kim and Rush 2016).
        teacher_share: of the loss that is the cross-entropy with that distribution.

    Call arguments:
        readout: `(batch, target_length, embedding)`.
        labels: token ids int32 `(batch, target_length)`, padded with 0.
        taught: the teacher's readout `(batch, target_length, its embedding)`, if there is a teacher.

    Output:
        `(4,)`: sums of the smoothed loss and of the cross-entropy, both in nats, the number of tokens, and of those
        whose label was the most probable token. Only the first one has a gradient.
    """

    def __init__(
        self,
        embedding: ScaledEmbedding,
        label_smoothing: float = 0.0,
        teacher: ScaledEmbedding | None = None,
        teacher_share: float = 0.5,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.embedding = embedding
        self.label_smoothing = label_smoothing
        self.teacher = teacher
        self.teacher_share = teacher_share

    def call(self, readout: Tensor, labels: Tensor, taught: Tensor | None = None, training: bool = False) -> Tensor:
        real = tf.not_equal(labels, PAD)
        rows, labels = tf.boolean_mask(readout, real), tf.boolean_mask(labels, real)
        teacher = None
        if self.teacher:
            projection = cast(tf.convert_to_tensor(self.teacher.projection))
            teacher = Teacher(tf.boolean_mask(taught, real), projection, self.teacher_share)

        @tf.custom_gradient
        def totals(rows: Tensor, projection: Tensor) -> tuple:
            sums, grad_rows, grad_projection = _sums_and_gradients(
                rows, labels, projection, self.label_smoothing, teacher, training
            )
            return sums, lambda upstream: (upstream[0] * grad_rows, upstream[0] * grad_projection)

        return totals(rows, tf.convert_to_tensor(self.embedding.projection))

    def compute_output_spec(
        self, readout: Tensor, labels: Tensor, taught: Tensor | None = None, training: bool = False
    ) -> keras.KerasTensor:
        return keras.KerasTensor((len(TOTALS),), "float32")


class Teacher(NamedTuple):
    """Word-level distillation: readouts of a teacher `(rows, embedding)`, its output matrix, its part of the loss."""

    rows: Tensor
    projection: Tensor
    share: float


def _sums_and_gradients(
    rows: Tensor,
    labels: Tensor,
    projection: Tensor,
    smoothing: float,
    teacher: Teacher | None,
    differentiate: bool,
) -> tuple[Tensor, Tensor, Tensor]:
    """Sums over all rows, and the gradients of the first sum.

    Args:
        rows: readouts `(rows, embedding)`.
        labels: `(rows,)`.
        projection: `(vocabulary, embedding)`.
        smoothing: fraction of the target probability spread over the vocabulary.
        teacher: whose distributions are learned beside the labels, if there is one.
        differentiate: else the gradients are zero.

    Returns:
        Sums `(4,)`, gradients `(rows, embedding)` and `(vocabulary, embedding)`.
    """
    count, vocabulary = tf.shape(rows)[0], projection.shape[0]
    matrix = cast(projection)
    center = tf.reduce_mean(projection, axis=0)
    # The labels' fraction of the loss; the rest is the teacher's.
    label_share = 1.0 - teacher.share if teacher else 1.0

    def body(chunk: Tensor, sums: Tensor, grad_rows: tf.TensorArray, grad_projection: Tensor) -> tuple:
        here = slice(chunk * CHUNK, tf.minimum((chunk + 1) * CHUNK, count))
        some, targets = rows[here], labels[here]
        logits = dot_rows(some, matrix, transpose="right")
        probabilities = tf.nn.softmax(logits)
        chosen = tf.gather(probabilities, targets, batch_dims=1)
        cross_entropy = -tf.math.log(tf.maximum(chosen, _SMALLEST))
        # The cross-entropy with the uniform distribution differs by (logit of the target - mean logit).
        excess = tf.gather(logits, targets, batch_dims=1) - tf.linalg.matvec(some, center)
        losses = label_share * (cross_entropy + smoothing * excess)
        correct = tf.greater_equal(chosen, tf.reduce_max(probabilities, axis=-1))
        if teacher:
            expected = tf.nn.softmax(dot_rows(teacher.rows[here], teacher.projection, transpose="right"))
            mean_logit = tf.reduce_sum(expected * logits, axis=-1)
            losses += teacher.share * (tf.reduce_logsumexp(logits, axis=-1) - mean_logit)
            # From here on what is left of them is their gradient, but for the labels'.
            probabilities -= teacher.share * expected
        sums += tf.stack(
            [
                tf.reduce_sum(losses),
                tf.reduce_sum(cross_entropy),
                tf.cast(tf.size(targets), tf.float32),
                tf.reduce_sum(tf.cast(correct, tf.float32)),
            ]
        )
        if differentiate:
            # The gradient of a row of logits is its probabilities less (1 - smoothing) at the label and less
            # smoothing / vocabulary everywhere: what is subtracted needs no matrix of that size.
            grad_labels = label_share * ((1.0 - smoothing) * tf.gather(projection, targets) + smoothing * center)
            grad_rows = grad_rows.write(chunk, dot_rows(probabilities, matrix) - grad_labels)
            grad_projection += dot_rows(probabilities, tf.cast(some, matrix.dtype), transpose="left")
        return chunk + 1, sums, grad_rows, grad_projection

    # One at least: a batch may be all padding.
    chunks = tf.maximum((count + CHUNK - 1) // CHUNK, 1)
    grad_rows = tf.TensorArray(tf.float32, chunks, infer_shape=False, element_shape=(None, rows.shape[-1]))
    _, sums, grad_rows, grad_projection = tf.while_loop(
        lambda chunk, *_: chunk < chunks,
        body,
        (tf.constant(0), tf.zeros((len(TOTALS),)), grad_rows, tf.zeros_like(projection)),
    )
    if not differentiate:
        return sums, tf.zeros_like(rows), grad_projection
    grad_projection -= label_share * smoothing / vocabulary * tf.reduce_sum(rows, axis=0)
    grad_projection = tf.tensor_scatter_nd_sub(
        grad_projection, tf.expand_dims(labels, 1), label_share * (1.0 - smoothing) * rows
    )
    return sums, grad_rows.concat(), grad_projection
