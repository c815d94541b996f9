"""What every kind of source gives."""

from collections.abc import Mapping
from typing import Protocol

import keras

from keras_s2s.layers.embedding import ScaledEmbedding


class Source(Protocol):
    """The input side of a network, as tensors of a functional model. An encoder knows nothing else of it."""

    @property
    def inputs(self) -> Mapping[str, keras.KerasTensor]:
        """The model's inputs by name; none is named `target`."""

    @property
    def embedded(self) -> keras.KerasTensor:
        """What the encoder reads, `(batch, length, width)`."""

    @property
    def mask(self) -> keras.KerasTensor:
        """Boolean `(batch, length)`, true at real positions: the output of a layer of the name `names.MASK`."""

    @property
    def shared(self) -> ScaledEmbedding | None:
        """The embedding layer that target tokens use, too; None if they have their own."""
