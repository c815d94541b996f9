"""Scheduled sampling: in training the decoder reads some of its own predictions."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from edge.tokenizer import PAD
from keras_s2s.layers.decoder import Decoder
from keras_s2s.layers.embedding import ScaledEmbedding
from keras_s2s.tensors import Tensor


class SecondPass(keras.layers.Layer):
    """Decodes a target again, with some of its tokens replaced by those that the decoder would have chosen itself.

    Scheduled sampling (Bengio et al. 2015) in two passes (Mihaylova and Martins 2019; Duckworth et al. 2019): the most
    probable tokens after a first pass over the true target stand in for some of the true ones in the second. So both
    passes run over whole targets, and the loop over time needs no prediction in its middle. It is a view for training,
    and is not saved: the network is.

    Args:
        embedding, dropouts, decoder: of the network, already built; their weights are shared, not copied.

    Call arguments:
        readout: of the first pass, `(batch, target_length, embedding)`.
        target: token ids `(batch, target_length)` that it read: BOS first, padded with 0.
        read: the decoder's other arguments.

    Output:
        Readout of the second pass; in validation that of the first.

    Attributes:
        rate: fraction of the tokens that are replaced, a variable; `callbacks.SamplingRate` sets it.
    """

    def __init__(self, embedding: ScaledEmbedding, dropouts: Sequence[keras.Layer], decoder: Decoder, **kwargs: Any):
        super().__init__(**kwargs)
        self.embedding = embedding
        self.dropouts = list(dropouts)
        self.decoder = decoder
        self.seed_generator = keras.random.SeedGenerator()
        self.rate = self.add_weight(shape=(), initializer="zeros", trainable=False, name="rate")

    def call(self, readout: Tensor, target: Tensor, read: list[Tensor], training: bool = False) -> Tensor:
        if not training:
            return readout
        embedded = self.embedding(self.mix(readout, target))
        for dropout in self.dropouts:
            embedded = dropout(embedded, training=True)
        return self.decoder(embedded, *read, training=True)

    def mix(self, readout: Tensor, target: Tensor) -> Tensor:
        """The tokens that the second pass reads, of the target's shape."""
        logits = self.embedding(tf.stop_gradient(readout), reverse=True)
        chosen = tf.argmax(logits, axis=-1, output_type=target.dtype)
        # What was predicted at a position is read at the next one; BOS stays.
        shifted = tf.concat([target[:, :1], chosen[:, :-1]], axis=1)
        drawn = keras.random.uniform(tf.shape(target), seed=self.seed_generator) < self.rate
        return tf.where(tf.logical_and(drawn, tf.not_equal(target, PAD)), shifted, target)

    def compute_output_spec(
        self, readout: Tensor, target: Tensor, read: list[Tensor], training: bool = False
    ) -> keras.KerasTensor:
        return keras.KerasTensor(readout.shape, readout.dtype)
