"""A SavedModel that takes sound: network, search and tokenizer in one graph."""

import tensorflow as tf

from edge.search.options import SearchOptions
from keras_s2s.export.saved_model import SIGNATURES, Outputs, ServedSearch, first_rows
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.tokenizer import GraphTokenizer


class ServedRecognizer(ServedSearch):
    """Samples in, text out.

    Args:
        models: the network.
        max_length: tokens after which a transcript ends in any case.
        options: of the beam search, `n_best` included.
        target: tokenizer of the transcripts.
    """

    def __init__(self, models: Seq2Seq, max_length: int, options: SearchOptions, target: GraphTokenizer):
        super().__init__(models, max_length, options)
        self.tokenizers = [target.module]
        self._target = target

    def greedy_text(self, audio: tf.Tensor, audio_length: tf.Tensor) -> Outputs:
        """Transcribes greedily, until all transcripts have ended.

        Args:
            audio: float32 `(batch, samples)` in [-1, 1], padded with zeros.
            audio_length: samples of each recording, int32 `(batch,)`.

        Returns:
            text `(batch,)`; tokens int32 `(batch, max_length)`, padded; length int32 `(batch,)`; score float32
            `(batch,)`.
        """
        found = self.search_greedily(_source(audio, audio_length))
        text = self._target.decode(found["tokens"])
        return first_rows(tf.shape(audio)[0], found | {"text": text})

    def beam_text(self, audio: tf.Tensor, audio_length: tf.Tensor) -> Outputs:
        """Transcribes by beam search. As `greedy_text`, but text `(batch, n_best)` and so on."""
        found = self.search_by_beam(_source(audio, audio_length))
        text = self._target.decode(tf.reshape(found["tokens"], (-1, self._max_length)))
        return first_rows(tf.shape(audio)[0], found | {"text": tf.reshape(text, (-1, self._options.n_best))})

    def signatures(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """`serving_default` and `beam`."""
        audio = tf.TensorSpec((None, None), tf.float32, name="audio")
        lengths = tf.TensorSpec((None,), tf.int32, name="audio_length")
        functions = dict(zip(SIGNATURES, (self.greedy_text, self.beam_text), strict=True))
        return {
            name: tf.function(function).get_concrete_function(audio, lengths) for name, function in functions.items()
        }


def _source(audio: tf.Tensor, audio_length: tf.Tensor) -> Outputs:
    """The encoder's inputs. Layers and loops need one row and one sample; an empty batch gets them."""
    missing = tf.cast(tf.equal(tf.shape(audio), 0), tf.int32)
    padded = tf.pad(audio, tf.stack([tf.zeros_like(missing), missing], axis=1))
    lengths = tf.concat([audio_length, tf.ones((missing[0],), tf.int32)], axis=0)
    return {"audio": padded, "audio_length": tf.maximum(lengths, 1)}
