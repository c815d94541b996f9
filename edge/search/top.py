"""The largest logits of each row, quickly: this runs once a step over the whole vocabulary."""

import numpy as np

# Columns of a block. Sorting is slow and finding a maximum is not: most blocks are ruled out by theirs.
_BLOCK = 64


def top(logits: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest of each row, in descending order; of equal ones the earlier first.

    Args:
        logits: `(rows, vocabulary)`.
        count: how many, at most the vocabulary.

    Returns:
        Values and columns, `(rows, count)` each.
    """
    rows, vocabulary = logits.shape
    if count == 1:
        best = logits.argmax(axis=1)[:, None]
        return np.take_along_axis(logits, best, axis=1), best
    blocks = vocabulary // _BLOCK
    if blocks <= 2 * count:
        return _sorted_top(logits, np.broadcast_to(np.arange(vocabulary), logits.shape), count)
    # Block `b` has the columns `b, b + blocks, ...`: the maximum runs along memory, over all blocks at once.
    inside = blocks * _BLOCK
    largest = logits[:, :inside].reshape(rows, _BLOCK, blocks).max(axis=1)
    # The `count` largest values lie in the `count` blocks with the largest maxima.
    chosen = np.argpartition(-largest, count - 1, axis=1)[:, :count]
    columns = (chosen[:, None, :] + blocks * np.arange(_BLOCK)[:, None]).reshape(rows, -1)
    rest = np.broadcast_to(np.arange(inside, vocabulary), (rows, vocabulary - inside))
    columns = np.concatenate([columns, rest], axis=1)
    return _sorted_top(np.take_along_axis(logits, columns, axis=1), columns, count)


def _sorted_top(values: np.ndarray, columns: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    if values.shape[1] > 4 * count:
        kept = np.argpartition(-values, count - 1, axis=1)[:, :count]
        values, columns = np.take_along_axis(values, kept, axis=1), np.take_along_axis(columns, kept, axis=1)
    order = np.lexsort((columns, -values), axis=1)[:, :count]
    return np.take_along_axis(values, order, axis=1), np.take_along_axis(columns, order, axis=1)


def log_normalizer(logits: np.ndarray) -> np.ndarray:
    """Logarithm of each row's sum of exponentials, `(rows,)`: a logit minus it is a log probability."""
    largest = logits.max(axis=1)
    return largest + np.log(np.exp(logits - largest[:, None]).sum(axis=1))
