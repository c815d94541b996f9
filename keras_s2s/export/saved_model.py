"""A SavedModel: network and search in one graph, for TF Serving and bare TensorFlow."""

from pathlib import Path
from typing import Protocol

import tensorflow as tf

from edge.search.options import SearchOptions
from edge.search.penalties import length_penalty
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.search import beam, greedy

Outputs = dict[str, tf.Tensor]

# What a SavedModel of a sequence-to-sequence network has.
SIGNATURES = ("serving_default", "beam")


class ServedSearch(tf.Module):
    """The network with its search, whatever its source is.

    Args:
        models: the network.
        max_length: tokens after which a target sequence ends in any case.
        options: of the beam search, `n_best` included.
    """

    def __init__(self, models: Seq2Seq, max_length: int, options: SearchOptions):
        super().__init__()
        # All that the functions read. The Keras layers are not saved: loading needs no code of this package.
        self.weights = [variable.value for variable in models.training.variables]
        self._models = models
        self._max_length = max_length
        self._options = options

    def search_greedily(self, source: Outputs) -> Outputs:
        """Searches greedily, until all target sequences have ended.

        Args:
            source: the inputs of the encoder, a batch of one or more.

        Returns:
            tokens int32 `(batch, max_length)`, padded; length int32 `(batch,)`; score float32 `(batch,)`.
        """
        tokens, length, log_probability = greedy(self._models, self._models.encoder(source), self._max_length)
        # EOS counts, unless the sequence was truncated.
        scored = tf.minimum(length + 1, self._max_length)
        score = log_probability / length_penalty(tf.cast(scored, tf.float32), self._options)
        return {"tokens": tokens, "length": length, "score": score}

    def search_by_beam(self, source: Outputs) -> Outputs:
        """Searches with a beam. As `search_greedily`, but tokens `(batch, n_best, max_length)` and so on."""
        found = beam(self._models, self._models.encoder(source), self._max_length, self._options)
        return {"tokens": found.tokens, "length": found.lengths, "score": found.scores}


def first_rows(count: tf.Tensor, outputs: Outputs) -> Outputs:
    """The outputs of the first examples of a batch, without those of a row that an empty batch got."""
    return {name: output[:count] for name, output in outputs.items()}


class Served(Protocol):
    """What a SavedModel is made of: a `tf.Module` that says what it offers."""

    def signatures(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """The graph functions by their names."""


def save(module: Served, out: Path) -> None:
    """Writes a SavedModel."""
    # Nothing is trained any more: hand-written gradients stay behind.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    tf.saved_model.save(module, str(out), signatures=module.signatures(), options=options)
