"""A SavedModel with text as input: tokenizers, network and decoding in one graph."""

import tensorflow as tf

from edge.search.options import SearchOptions
from edge.tokenizer import EOS
from edge.verbatim import INVISIBLE, tells
from keras_s2s.export.saved_model import SIGNATURES, Outputs, ServedSearch, first_rows
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.tokenizer import GraphTokenizer

# As `str.strip` sees it.
_WHITE_SPACE = r"[\s\p{Z}\x0b\x1c-\x1f\x{85}]+"
_BLANK = "[" + "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in INVISIBLE) + "]*"
_WITHOUT_LETTERS = r"\P{L}*"


class ServedIds(ServedSearch):
    """A SavedModel with token IDs as input and output: needs TensorFlow only.

    Args:
        models: the network.
        max_length: tokens after which a translation ends in any case.
        options: of the beam search, `n_best` included.
    """

    def greedy(self, source: tf.Tensor) -> Outputs:
        """Translates greedily, until all sentences have ended.

        Args:
            source: int32 `(batch, source_length)`, each sentence ended by EOS and padded with 0.

        Returns:
            tokens int32 `(batch, max_length)`, padded; length int32 `(batch,)`; score float32 `(batch,)`.
        """
        return first_rows(tf.shape(source)[0], self.search_greedily(_source(source)))

    def beam(self, source: tf.Tensor) -> Outputs:
        """Translates by beam search. As `greedy`, but tokens `(batch, n_best, max_length)` and so on."""
        return first_rows(tf.shape(source)[0], self.search_by_beam(_source(source)))

    def signatures(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """`serving_default` and `beam`."""
        source = tf.TensorSpec((None, None), tf.int32, name="source")
        functions = dict(zip(SIGNATURES, (self.greedy, self.beam), strict=True))
        return {name: tf.function(function).get_concrete_function(source) for name, function in functions.items()}


def _source(source: tf.Tensor) -> Outputs:
    """The encoder's inputs. Layers and loops need one row and one position; an empty batch gets them."""
    missing = tf.cast(tf.equal(tf.shape(source), 0), tf.int32)
    return {"source": tf.pad(source, tf.stack([tf.zeros_like(missing), missing], axis=1), constant_values=EOS)}


class ServedTranslator(ServedIds):
    """Text in, text out; `edge.verbatim` says for which text the model is not asked.

    Args:
        models, max_length, options: as for `ServedIds`.
        source: tokenizer of the source language.
        target: tokenizer of the target language.
        letterless: text without a letter is translated, too.
    """

    def __init__(
        self,
        models: Seq2Seq,
        max_length: int,
        options: SearchOptions,
        source: GraphTokenizer,
        target: GraphTokenizer,
        letterless: bool = False,
    ):
        super().__init__(models, max_length, options)
        self.tokenizers = [source.module, target.module]
        self._source, self._target = source, target
        self._letterless = letterless
        self._tells = [tells(source.device, token, letterless) for token in range(len(source.device))]

    def greedy_text(self, text: tf.Tensor) -> Outputs:
        """Text `(batch,)` to translation `(batch,)`, beside what `greedy` returns."""
        found = self.greedy(self._read(text))
        return self._with_kept(text, found | {"translation": self._target.decode(found["tokens"])})

    def beam_text(self, text: tf.Tensor) -> Outputs:
        """Text `(batch,)` to translation `(batch, n_best)`, beside what `beam` returns."""
        found = self.beam(self._read(text))
        n_best = self._options.n_best
        translation = self._target.decode(tf.reshape(found["tokens"], (-1, self._max_length)))
        return self._with_kept(text, found | {"translation": tf.reshape(translation, (-1, n_best))})

    def signatures(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """`serving_default` and `beam`."""
        text = tf.TensorSpec((None,), tf.string, name="text")
        functions = dict(zip(SIGNATURES, (self.greedy_text, self.beam_text), strict=True))
        return {name: tf.function(function).get_concrete_function(text) for name, function in functions.items()}

    def _read(self, text: tf.Tensor) -> tf.Tensor:
        return self._source.encode(text, self._max_length).to_tensor()

    def _with_kept(self, text: tf.Tensor, outputs: Outputs) -> Outputs:
        """Puts the texts that the model is not asked for in the place of their translations; all else of them is 0."""
        ids, text = self._source.encode(text), self._source.text(text)
        blank = tf.logical_or(tf.strings.regex_full_match(text, _BLANK), ids.row_lengths() <= 1)
        told = tf.reduce_any(tf.gather(tf.constant(self._tells), ids), axis=1)
        if not self._letterless:
            told = tf.logical_and(told, tf.logical_not(tf.strings.regex_full_match(text, _WITHOUT_LETTERS)))
        kept = tf.logical_or(blank, tf.logical_not(told))
        stripped = tf.strings.regex_replace(text, f"^{_WHITE_SPACE}|{_WHITE_SPACE}$", "")
        given = {"translation": tf.where(blank, "", stripped)}
        return {
            name: tf.where(
                _aligned(kept, output),
                _aligned(given[name], output) if name in given else tf.zeros_like(output),
                output,
            )
            for name, output in outputs.items()
        }


def _aligned(values: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    """Values of each text `(batch,)` in a shape that broadcasts to an output."""
    return tf.reshape(values, (-1, *[1] * (output.shape.rank - 1)))
