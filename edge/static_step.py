"""Encoder and decoder step of a translation model in a TFLite file with static shapes."""

from collections.abc import Iterable, Sequence

import numpy as np

from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.step import Encoded, Stepped


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
        return Encoded(_together(one.memory for one in encoded), _together(one.states for one in encoded))

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads the last token of each hypothesis, int32 `(batch,)`."""
        rows = [slice(row, row + 1) for row in range(len(token))]
        stepped = [
            self._step.step(
                token[row], Encoded(*({name: array[row] for name, array in arrays.items()} for arrays in encoded))
            )
            for row in rows
        ]
        attention = [one.attention for one in stepped if one.attention is not None]
        return Stepped(
            np.concatenate([one.logits for one in stepped]),
            _together(one.states for one in stepped),
            np.concatenate(attention) if attention else None,
        )


def _padded(array: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    return np.pad(array, [(0, size - given) for size, given in zip(shape, array.shape, strict=True)])


def _together(rows: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """One array of each name, its rows one after the other."""
    rows = list(rows)
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
