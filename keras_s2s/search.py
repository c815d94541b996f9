"""Greedy search inside the graph: for validation, the SavedModel and the flatbuffer's loop.

`edge.search` has the search for everything else; a test holds the two equal.
"""

import tensorflow as tf

from edge.tokenizer import BOS, EOS, PAD
from keras_s2s.models.seq2seq import Seq2Seq


def greedy(models: Seq2Seq, source: tf.Tensor, max_length: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Follows the most probable token until every sentence of the batch has ended.

    Args:
        models: the network.
        source: int32 `(batch, source_length)`, each sentence ended by the end symbol and padded.
        max_length: tokens after which a sentence ends in any case.

    Returns:
        Tokens int32 `(batch, max_length)`, without the end symbol, padded; their number, int32 `(batch,)`; the sum
        of the log probabilities of tokens and end symbol, float32 `(batch,)`.
    """
    encoded = models.encoder({"source": source})
    constant = {name: encoded[name] for name in ("memory", "keys") if name in encoded}
    if constant:
        constant["mask"] = tf.cast(tf.not_equal(source, PAD), tf.float32)
    states = {name: value for name, value in encoded.items() if name.startswith("state_")}
    first = source[:, 0]
    ended = tf.zeros_like(first, tf.bool)
    token = tf.fill(tf.shape(first), BOS)
    tokens = tf.zeros_like(tf.tile(tf.expand_dims(first, 1), [1, max_length])) + PAD
    length, score = tf.zeros_like(first), tf.zeros_like(first, tf.float32)
    positions = tf.expand_dims(tf.range(max_length), 0)

    def body(position, token, tokens, ended, length, score, states):
        outputs = models.step({"token": token, **constant, **states})
        logits = outputs["logits"]
        best = tf.argmax(logits, axis=-1, output_type=tf.int32)
        probability = tf.reduce_max(logits, axis=-1) - tf.reduce_logsumexp(logits, axis=-1)
        score = tf.where(ended, score, score + probability)
        ended = tf.logical_or(ended, tf.equal(best, EOS))
        length += tf.cast(tf.logical_not(ended), tf.int32)
        token = tf.where(ended, PAD, best)
        here = tf.equal(positions, position)
        tokens = tf.where(here, tf.expand_dims(token, 1), tokens)
        return position + 1, token, tokens, ended, length, score, {name: outputs[name] for name in states}

    _, _, tokens, _, length, score, _ = tf.while_loop(
        lambda position, token, tokens, ended, *_: tf.logical_and(
            position < max_length, tf.logical_not(tf.reduce_all(ended))
        ),
        body,
        (tf.constant(0), token, tokens, ended, length, score, states),
    )
    return tokens, length, score
