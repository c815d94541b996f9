"""Several encoded sentences as one batch."""

from collections.abc import Sequence

import numpy as np

from edge.search.ctc import BLANK, LOG_ZERO
from edge.search.step import Encoded


def stack(encoded: Sequence[Encoded], width: int) -> Encoded:
    """Puts sentences together that were encoded one at a time, without padding.

    What is shorter than the longest is padded with 0; CTC with positions that are certainly blank, which change no
    score.

    Args:
        encoded: the sentences, a batch of one each.
        width: rows that each of them gets, next to each other.
    """
    first = encoded[0]
    memory = {name: _stacked([sentence.memory[name] for sentence in encoded], width) for name in first.memory}
    states = {name: _stacked([sentence.states[name] for sentence in encoded], width) for name in first.states}
    ctc = [sentence.ctc for sentence in encoded if sentence.ctc is not None]
    if not ctc:
        return Encoded(memory, states)
    blank = np.where(np.arange(ctc[0].shape[-1]) == BLANK, 0.0, LOG_ZERO)
    return Encoded(memory, states, _stacked(ctc, width, blank))


def take(encoded: Encoded, rows: np.ndarray | slice) -> Encoded:
    """Some of the rows, those at these indices."""
    memory, states = (
        {name: array[rows] for name, array in arrays.items()} for arrays in (encoded.memory, encoded.states)
    )
    return Encoded(memory, states, None if encoded.ctc is None else encoded.ctc[rows])


def _stacked(arrays: Sequence[np.ndarray], width: int, padding: float | np.ndarray = 0.0) -> np.ndarray:
    """Arrays of one row each, `width` times each, along their second axis as long as the longest."""
    shape = arrays[0].shape[2:]
    stacked = np.empty((len(arrays), width, max(array.shape[1] for array in arrays), *shape), arrays[0].dtype)
    for row, array in enumerate(arrays):
        stacked[row, :, : array.shape[1]] = array
        stacked[row, :, array.shape[1] :] = padding
    return stacked.reshape(-1, *stacked.shape[2:])
