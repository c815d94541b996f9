"""Several encoded sentences as one batch."""

from collections.abc import Sequence

import numpy as np

from edge.search.step import Arrays, Encoded


def stack(encoded: Sequence[Encoded], width: int) -> Encoded:
    """Puts sentences together that were encoded one at a time, without padding.

    Args:
        encoded: the sentences, a batch of one each.
        width: rows that each of them gets, next to each other.
    """
    memory: Arrays = {}
    for name in encoded[0].memory:
        arrays = [sentence.memory[name] for sentence in encoded]
        longest = max(array.shape[1] for array in arrays)
        stacked = np.zeros((len(arrays), width, longest, *arrays[0].shape[2:]), arrays[0].dtype)
        for row, array in enumerate(arrays):
            stacked[row, :, : array.shape[1]] = array
        memory[name] = stacked.reshape(-1, *stacked.shape[2:])
    states = {
        name: np.repeat(np.concatenate([sentence.states[name] for sentence in encoded]), width, axis=0)
        for name in encoded[0].states
    }
    return Encoded(memory, states)


def take(encoded: Encoded, rows: np.ndarray) -> Encoded:
    """Some of the rows, those at these indices."""
    return Encoded(*({name: array[rows] for name, array in arrays.items()} for arrays in encoded))
