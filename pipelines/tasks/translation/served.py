"""A translation run as servers see it."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from edge.search.options import SearchOptions
from edge.tokenizer import Tokenizer
from edge.verbatim import verbatim
from keras_s2s.export.saved_model import SIGNATURES
from keras_s2s.export.saved_translator import ServedIds, ServedTranslator
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.tokenizer import GraphTokenizer
from pipelines.data.pairs import PairReader

# Of a SavedModel's signature `beam`.
SERVED_BEAM = SearchOptions(beam=5, n_best=5)

_DECODING_BATCH = 64

# Sentences of the requests that TF Serving warms up with.
_WARMUP_BATCHES = (1, 8)

# Texts to the translations of each, the best first.
Translate = Callable[[Sequence[str]], list[list[str]]]


class ServedText:
    """What a SavedModel of a translation run is made of, and how it is asked.

    Args:
        tokenizer_files: of `source` and `target`.
        max_length: maximum length of source and target in tokens, with EOS.
        ids: token IDs as input and output instead of text.
        options: of the beam search.
        letterless: text without a letter is translated, too.
    """

    def __init__(
        self,
        tokenizer_files: Mapping[str, Path],
        max_length: int,
        ids: bool = False,
        options: SearchOptions = SERVED_BEAM,
        letterless: bool = False,
    ):
        self._files = [tokenizer_files[side] for side in ("source", "target")]
        self._max_length = max_length
        self._ids = ids
        self._options = options
        self._letterless = letterless

    def module(self, model: keras.Model) -> ServedIds:
        """The network with its search, and with the tokenizers unless ids are asked for."""
        models = Seq2Seq.of(model)
        if self._ids:
            return ServedIds(models, self._max_length, self._options)
        source, target = map(GraphTokenizer, self._files)
        return ServedTranslator(models, self._max_length, self._options, source, target, self._letterless)

    def inputs(self, texts: Sequence[str]) -> dict[str, tf.Tensor]:
        """Texts as a signature takes them: `text`, or `source`, padded, if it takes ids."""
        if not self._ids:
            return {"text": tf.constant(texts)}
        source = Tokenizer(self._files[0])
        rows = [source.cut(text, source.encode(text), self._max_length) for text in texts]
        return {"source": tf.ragged.constant(rows, tf.int32).to_tensor()}

    def predictor(self, signature: Callable) -> Translate:
        """Texts to translations by the signature `serving_default`, loaded again."""
        if not self._ids:
            return in_batches(lambda texts: signature(text=texts)["translation"][:, None])
        source, target = map(Tokenizer, self._files)

        def translate(text: str) -> str:
            kept = verbatim(text, source.encode(text), source, self._letterless)
            if kept is not None:
                return kept
            outputs = signature(**self.inputs([text]))
            return target.decode(outputs["tokens"][0, : outputs["length"][0]].numpy())

        return lambda texts: [[translate(text)] for text in texts]

    def warmup(self, sample: PairReader) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """Signatures and inputs of them: sentences of the sample, one by itself, and some together."""
        texts = [pair.source for pair in itertools.islice(sample, max(_WARMUP_BATCHES))]
        for signature, size in itertools.product(SIGNATURES, _WARMUP_BATCHES):
            yield signature, self.inputs(texts[:size])


def in_batches(translate: Callable[[tf.Tensor], tf.Tensor]) -> Translate:
    """Translates any number of texts with what translates a tensor `(batch,)` of them to one `(batch, n_best)`."""

    def predict(texts: Sequence[str]) -> list[list[str]]:
        # Sentences of one length together: a batch takes as many steps as its longest one.
        order = np.argsort([len(text) for text in texts], kind="stable")
        translations: list[list[str]] = [[]] * len(texts)
        for start in range(0, len(order), _DECODING_BATCH):
            chosen = order[start : start + _DECODING_BATCH]
            for index, found in zip(chosen, translate(tf.constant([texts[i] for i in chosen])).numpy(), strict=True):
                translations[index] = [text.decode("utf-8", "replace") for text in found]
        return translations

    return predict
