"""Encoder and decoder step of a translation model in a TFLite file with static shapes."""

from collections.abc import Sequence

import numpy as np

from edge.bundle import Bundle
from edge.encoding import EncoderDecoder
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.batch import stack, take
from edge.search.step import Encoded, Stepped


def open_step(bundle: Bundle, threads: int = 1) -> EncoderDecoder:
    """The model of a bundle, with static or dynamic shapes.

    Args:
        bundle: of a model with `encode` and `decode_step`.
        threads: how many the runtime may use.

    Raises:
        UserError: the installed runtime cannot run it.
    """
    flatbuffer = Flatbuffer(bundle.model, threads)
    return StaticStep(flatbuffer) if bundle.manifest.get("static") else FlatbufferStep(flatbuffer)


class StaticStep:
    """Drives signatures of static shapes: sources are padded, and each source and each hypothesis is a call of its own.

    Args:
        flatbuffer: a loaded translation flatbuffer, exported with `--static`.
    """

    vocabulary = None

    def __init__(self, flatbuffer: Flatbuffer):
        self._step = FlatbufferStep(flatbuffer)
        self._shapes = {each["name"]: each["shape"] for each in flatbuffer.description()["encode"]["inputs"]}

    def encode(self, **inputs: np.ndarray) -> Encoded:
        """Encodes a batch of sources, padded with 0 to the shapes of the flatbuffer's inputs."""
        batch = len(next(iter(inputs.values())))
        rows = ({name: array[row : row + 1] for name, array in inputs.items()} for row in range(batch))
        encoded = [
            self._step.encode(**{name: _padded(array, self._shapes[name]) for name, array in row.items()})
            for row in rows
        ]
        return stack(encoded, 1)

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        rows = [slice(row, row + 1) for row in range(len(token))]
        stepped = [self._step.step(token[row], take(encoded, row)) for row in rows]
        attention = [one.attention for one in stepped if one.attention is not None]
        return Stepped(
            np.concatenate([one.logits for one in stepped]),
            {name: np.concatenate([one.states[name] for one in stepped]) for name in stepped[0].states},
            np.concatenate(attention) if attention else None,
        )


def _padded(array: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    return np.pad(array, [(0, size - given) for size, given in zip(shape, array.shape, strict=True)])
