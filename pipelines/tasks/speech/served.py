"""A speech run as servers see it."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import keras
import tensorflow as tf

from edge.search.options import SearchOptions
from edge.sound import pad_sounds
from keras_s2s.export.saved_model import SIGNATURES
from keras_s2s.export.saved_recognizer import ServedRecognizer
from keras_s2s.models.seq2seq import Seq2Seq
from keras_s2s.tokenizer import GraphTokenizer
from pipelines.data.recordings import Recording, RecordingReader, load

# Of a SavedModel's signature `beam`.
_BEAM = SearchOptions(beam=5, n_best=5)

# Recordings of the requests that TF Serving warms up with.
_WARMUP_BATCHES = (1, 4)


class ServedSpeech:
    """What a SavedModel of a speech run is made of, and how it is asked.

    Args:
        tokenizer: file of the transcripts' tokenizer.
        max_length: tokens after which a transcript ends in any case.
        rate: samples a second.
    """

    def __init__(self, tokenizer: Path, max_length: int, rate: int):
        self._tokenizer = tokenizer
        self._max_length = max_length
        self._rate = rate

    def module(self, network: keras.Model) -> ServedRecognizer:
        """Return the network with its search and its tokenizer."""
        return ServedRecognizer(Seq2Seq.of(network), self._max_length, _BEAM, GraphTokenizer(self._tokenizer))

    def inputs(self, recordings: Sequence[Recording]) -> dict[str, tf.Tensor]:
        """Return recordings as a signature takes them, padded."""
        padded = pad_sounds([load(recording, self._rate) for recording in recordings])
        return {name: tf.constant(array) for name, array in padded.items()}

    def predictor(self, signature: Callable[..., dict[str, tf.Tensor]]) -> Callable[[Sequence[Recording]], list[str]]:
        """Return what transcribes recordings with the signature `serving_default`, loaded again."""

        def transcribe(recording: Recording) -> str:
            return signature(**self.inputs([recording]))["text"].numpy()[0].decode()

        return lambda recordings: [transcribe(recording) for recording in recordings]

    def warmup(self, sample: RecordingReader) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """Yield signatures and inputs of them: one recording by itself, and some together."""
        recordings = list(itertools.islice(sample, max(_WARMUP_BATCHES)))
        for signature, size in itertools.product(SIGNATURES, _WARMUP_BATCHES):
            yield signature, self.inputs(recordings[:size])
