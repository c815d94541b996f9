"""A translation flatbuffer of fixed shapes behind the interface that search knows."""

from collections.abc import Iterable

import numpy as np

from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.step import Encoded, Stepped


class StaticStep:
    """Drives signatures that take one sentence of one length: sources are padded, and hypotheses come one by one.

    Args:
        flatbuffer: a loaded translation flatbuffer, exported with `--static`.
        source_length: of the sources that it takes.
    """

    vocabulary = None

    def __init__(self, flatbuffer: Flatbuffer, source_length: int):
        self._step = FlatbufferStep(flatbuffer)
        self._length = source_length

    def encode(self, source: np.ndarray) -> Encoded:
        """Encodes sentences of one length, int32 `(batch, source_length)`, to memory of the flatbuffer's length."""
        padded = np.pad(source, [(0, 0), (0, self._length - source.shape[1])])
        encoded = [self._step.encode(row[None]) for row in padded]
        for one, row in zip(encoded, padded, strict=True):
            if one.memory:
                one.memory["mask"] = (row[None] != 0).astype(np.float32)
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
        attention = [one.attention for one in stepped]
        return Stepped(
            np.concatenate([one.logits for one in stepped]),
            _together(one.states for one in stepped),
            None if attention[0] is None else np.concatenate(attention),
        )


def _together(rows: Iterable[dict[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """One array of each name, its rows one after the other."""
    rows = list(rows)
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}
