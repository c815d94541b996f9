"""Selection of the most probable tokens: runs once per decoder step over the whole vocabulary."""

from typing import NamedTuple

import numpy as np

# Columns of a block. Sorting is slow and finding a maximum is not: most columns are ruled out by a few maxima.
_BLOCK = 64
# Numbers that are worked on at once: they stay in the processor's cache.
_CHUNK = 64_000

_NOTHING = -1e30
_ROUNDING = 1e-3


class Candidate(NamedTuple):
    """A way for a hypothesis to continue.

    Attributes:
        total: what it is ranked by.
        row: of the hypothesis, among those of its sentence.
        column: of the logits.
    """

    total: float
    row: int
    column: int


def candidates(logits: np.ndarray, offsets: np.ndarray, count: int) -> list[list[Candidate]]:
    """The largest sums of a logit and the offset of its row, and possibly some more.

    Args:
        logits: `(batch, rows, vocabulary)`.
        offsets: `(batch, rows)`; minus infinity for rows that do not continue.
        count: how many are wanted of each sentence.

    Returns:
        Of each sentence at least `count` candidates, the best first, of equal ones the first; fewer if no more are
        finite.
    """
    batch, rows, vocabulary = logits.shape
    blocks = vocabulary // _BLOCK
    # Finite, so that sums and differences are numbers, and far below any candidate.
    offsets = np.maximum(offsets, _NOTHING)
    least = np.where(offsets > _NOTHING, _NOTHING, np.inf)
    if blocks * rows > count:
        # Block `b` has the columns `b, b + blocks, ...`: the maximum runs along memory, over all blocks at once.
        largest = logits[:, :, : blocks * _BLOCK].reshape(batch, rows, _BLOCK, blocks).max(axis=2)
        largest = (largest + offsets[:, :, None]).reshape(batch, -1)
        # As many sums as are wanted are at least as large as this one; a little less, so that rounding loses none.
        largest.partition(-count, axis=1)
        least = np.maximum(largest[:, -count, None] - _ROUNDING, _NOTHING / 2) - offsets
    places = (logits >= least.astype(logits.dtype)[:, :, None]).reshape(-1).nonzero()[0]
    found: list[list[Candidate]] = [[] for _ in range(batch)]
    own = offsets.reshape(-1).tolist()
    for place, logit in zip(places.tolist(), logits.reshape(-1)[places].tolist(), strict=True):
        row, column = divmod(place, vocabulary)
        sentence = row // rows
        found[sentence].append(Candidate(logit + own[row], row - sentence * rows, column))
    for some in found:
        # What is equal stays in order: the first row and column first.
        some.sort(key=_total, reverse=True)
    return found


def _total(candidate: Candidate) -> float:
    return candidate.total


def log_normalizer(logits: np.ndarray) -> np.ndarray:
    """Logarithm of each row's sum of exponentials, `(rows,)`: a logit minus it is a log probability."""
    rows, columns = logits.shape
    result = np.empty(rows, logits.dtype)
    some_rows = min(rows, max(1, _CHUNK // columns))
    scratch = np.empty((some_rows, columns), logits.dtype)
    for start in range(0, rows, some_rows):
        some = logits[start : start + some_rows]
        largest, exponentials = some.max(axis=1), scratch[: len(some)]
        np.exp(np.subtract(some, largest[:, None], out=exponentials), out=exponentials)
        # `einsum` is faster than `sum`.
        result[start : start + some_rows] = largest + np.log(np.einsum("ij->i", exponentials))
    return result
