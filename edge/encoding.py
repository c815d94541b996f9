"""Token sequences to encoded sources."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from edge.search.batch import take
from edge.search.step import Encoded, Source, Step


class Encoder(Protocol):
    """The encoder of a model: a flatbuffer's or a Keras model's."""

    def encode(self, **inputs: np.ndarray) -> Encoded:
        """Encodes a batch of sources.

        Args:
            inputs: those of the signature `encode`, for example `source`: token ids int32 `(batch, source_length)`.
        """


class EncoderDecoder(Encoder, Step, Protocol):
    """A model behind both interfaces."""


def encode_tokens(encoder: Encoder, sentences: Sequence[Sequence[int]]) -> list[Source]:
    """Encodes sentences, those of one length together: without padding, no result depends on the rest of the batch.

    Args:
        encoder: of a model that reads tokens.
        sentences: token ids of each sentence, EOS included.

    Returns:
        The encoded sentences, in order.
    """
    encoded: dict[int, Source] = {}
    for length in {len(sentence) for sentence in sentences}:
        places = [place for place, sentence in enumerate(sentences) if len(sentence) == length]
        together = encoder.encode(source=np.array([sentences[place] for place in places], np.int32))
        for row, place in enumerate(places):
            encoded[place] = Source(take(together, np.array([row])), length - 1, sentences[place])
    return [encoded[place] for place in range(len(sentences))]
