"""What every kind of source gives."""

from collections.abc import Mapping
from typing import Protocol

import keras

from keras_s2s.layers.embedding import ScaledEmbedding


class Source(Protocol):
    """The input side of a network, as tensors of a functional model. An encoder knows nothing else of it.

    Attributes:
        inputs: the model's inputs by name; none is named `target`.
        embedded: what the encoder reads, `(batch, length, width)`.
        mask: boolean `(batch, length)`, true at real positions: the output of a layer of the name `names.MASK`.
        shared: the embedding layer that target tokens have in common with it; None if they have their own.
    """

    inputs: Mapping[str, keras.KerasTensor]
    embedded: keras.KerasTensor
    mask: keras.KerasTensor
    shared: ScaledEmbedding | None
