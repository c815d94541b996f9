"""Greedy and beam search inside the graph: for validation, the SavedModel and the flatbuffer's loop.

`edge.search` has all other decoding; tests compare both.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from edge.search.options import SearchOptions
from edge.search.penalties import length_penalty
from edge.search.step import CTC, MEMORY
from edge.tokenizer import BOS, EOS, PAD
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.tensors import Tensor

Tensors = dict[str, tf.Tensor]


def greedy(models: Seq2Seq, encoded: Tensors, max_length: int) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Follows the most probable token until every sentence of the batch has ended.

    Args:
        models: the network.
        encoded: what its encoder returned for a batch of sources.
        max_length: tokens after which a sentence ends in any case.

    Returns:
        Tokens int32 `(batch, max_length)`, without EOS, padded; their number, int32 `(batch,)`; the sum
        of the log probabilities of tokens and EOS, float32 `(batch,)`.
    """
    memory, states = _split(encoded)
    token = tf.fill(tf.shape(_any(states)[:, 0]), BOS)
    ended = tf.zeros_like(token, tf.bool)
    tokens = tf.zeros_like(tf.tile(tf.expand_dims(token, 1), [1, max_length])) + PAD
    length, score = tf.zeros_like(token), tf.zeros_like(token, tf.float32)
    positions = tf.expand_dims(tf.range(max_length), 0)

    def body(
        position: Tensor, token: Tensor, tokens: Tensor, ended: Tensor, length: Tensor, score: Tensor, states: Tensors
    ) -> tuple[Any, ...]:
        outputs = models.step({"token": token, **memory, **states})
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


class Hypotheses(NamedTuple):
    """Sentences that a beam search has found, the best first; with fewer than asked for the score of the rest is -inf.

    Attributes:
        scores: what they are ranked by, `(batch, n_best)`.
        log_probabilities: of the whole sentences, `(batch, n_best)`.
        tokens: int32 `(batch, n_best, max_length)`, without EOS, padded.
        lengths: their number, int32 `(batch, n_best)`.
    """

    scores: tf.Tensor
    log_probabilities: tf.Tensor
    tokens: tf.Tensor
    lengths: tf.Tensor

    def best_with(self, others: "Hypotheses") -> "Hypotheses":
        """The best of both, as many as there are here."""
        both = [tf.concat(pair, axis=1) for pair in zip(self, others, strict=True)]
        _, best = tf.math.top_k(both[0], self.scores.shape[1])
        return Hypotheses(*(tf.gather(tensor, best, batch_dims=1) for tensor in both))


def beam(models: Seq2Seq, encoded: Tensors, max_length: int, options: SearchOptions) -> Hypotheses:
    """Beam search; `edge.search.beam.Beam` has the rules.

    Args:
        models: the network.
        encoded: what its encoder returned for a batch of sources.
        max_length: tokens after which a sentence ends in any case.
        options: `beam`, `n_best`, `length_penalty` and `alpha`.
    """
    width, n_best = options.beam, options.n_best
    memory, states = _split({name: tf.repeat(tensor, width, axis=0) for name, tensor in encoded.items()})
    batch = tf.shape(_any(encoded))[0]
    offsets = tf.expand_dims(tf.range(batch), 1) * width
    rank = tf.expand_dims(tf.range(2 * width), 0)
    longest = length_penalty(max_length, options)
    kept = Hypotheses(
        tf.fill((batch, n_best), -float("inf")),
        tf.fill((batch, n_best), -float("inf")),
        tf.fill((batch, n_best, max_length), PAD),
        tf.zeros((batch, n_best), tf.int32),
    )

    def body(
        position: Tensor, token: Tensor, tokens: Tensor, sums: Tensor, greedy: Tensor, kept: Hypotheses, states: Tensors
    ) -> tuple[Any, ...]:
        outputs = models.step({"token": token, **memory, **states})
        log_probabilities = tf.nn.log_softmax(outputs["logits"])
        vocabulary = log_probabilities.shape[-1]
        totals = tf.reshape(tf.reshape(sums, (-1, 1)) + log_probabilities, (batch, width * vocabulary))
        _, order = tf.math.top_k(totals, 2 * width)
        # The greedy path, in the first row, is among the candidates in any case: instead of the last one.
        likeliest = tf.expand_dims(tf.argmax(totals[:, :vocabulary], axis=1, output_type=tf.int32), 1)
        lost = tf.logical_and(greedy, tf.logical_not(tf.reduce_any(tf.equal(order, likeliest), axis=1)))
        order = tf.where(tf.logical_and(tf.expand_dims(lost, 1), tf.equal(rank, 2 * width - 1)), likeliest, order)
        pinned = tf.logical_and(tf.expand_dims(greedy, 1), tf.equal(order, likeliest))
        totals = tf.gather(totals, order, batch_dims=1)
        rows, columns = order // vocabulary, order % vocabulary
        before = tf.gather(tokens, rows, batch_dims=1)
        ends = tf.equal(columns, EOS)
        here = tf.logical_and(ends, tf.logical_or(rank < width, pinned))
        totals_ended = tf.where(here, totals, -float("inf"))
        penalty = length_penalty(tf.cast(position + 1, tf.float32), options)
        lengths = tf.fill(tf.shape(columns), position)
        kept = kept.best_with(Hypotheses(totals_ended / penalty, totals_ended, before, lengths))
        # In order, but the greedy path first and what has ended last.
        keys = tf.where(ends, 2 * width, tf.where(pinned, -1, rank))
        going = tf.argsort(keys, axis=1, stable=True)[:, :width]
        sums = tf.gather(tf.where(ends, -float("inf"), totals), going, batch_dims=1)
        rows, columns, before = (tf.gather(tensor, going, batch_dims=1) for tensor in (rows, columns, before))
        tokens = tf.where(tf.equal(tf.range(max_length), position), tf.expand_dims(columns, 2), before)
        over = kept.scores[:, -1] >= tf.reduce_max(sums, axis=1) / longest
        sums = tf.where(tf.expand_dims(over, 1), -float("inf"), sums)
        parents = tf.reshape(rows + offsets, (-1,))
        states = {name: tf.gather(outputs[name], parents) for name in states}
        greedy = tf.reduce_any(tf.logical_and(pinned, tf.logical_not(ends)), axis=1)
        return position + 1, tf.reshape(columns, (-1,)), tokens, sums, greedy, kept, states

    first = tf.one_hot(0, width, on_value=0.0, off_value=-float("inf"))
    position, _, tokens, sums, _, kept, _ = tf.while_loop(
        lambda position, token, tokens, sums, *_: tf.logical_and(
            position < max_length, tf.reduce_any(sums > -float("inf"))
        ),
        body,
        (
            tf.constant(0),
            tf.fill((batch * width,), BOS),
            tf.fill((batch, width, max_length), PAD),
            tf.tile(tf.expand_dims(first, 0), (batch, 1)),
            tf.fill((batch,), True),
            kept,
            states,
        ),
    )
    # Unfinished hypotheses are truncated at the maximum length.
    return kept.best_with(Hypotheses(sums / longest, sums, tokens, tf.fill(tf.shape(sums), position)))


def _split(encoded: Tensors) -> tuple[Tensors, Tensors]:
    """What stays as it is while the target grows, and the states. The decoder does not read what CTC predicts."""
    memory = {name: tensor for name, tensor in encoded.items() if name in MEMORY}
    return memory, {name: tensor for name, tensor in encoded.items() if name not in (*MEMORY, CTC)}


def _any(tensors: Tensors) -> tf.Tensor:
    """One of several tensors of the same batch."""
    return next(iter(tensors.values()))
