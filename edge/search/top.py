"""The largest logits, quickly: this runs once a step over the whole vocabulary."""

import numpy as np

# Columns of a block. Sorting is slow and finding a maximum is not: most blocks are ruled out by theirs.
_BLOCK = 64
_ROWS = 8


def top(logits: np.ndarray, offsets: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The largest sums of a logit and the offset of its row, in descending order.

    Args:
        logits: `(batch, rows, vocabulary)`.
        offsets: `(batch, rows)`.
        count: how many, at most `rows * vocabulary`.

    Returns:
        Sums, and their places `row * vocabulary + column`, `(batch, count)` each.
    """
    batch, rows, vocabulary = logits.shape
    blocks = vocabulary // _BLOCK
    flat = logits.reshape(batch, -1)
    if blocks * rows <= count:
        places = np.broadcast_to(np.arange(rows * vocabulary), flat.shape)
    else:
        # Block `b` has the columns `b, b + blocks, ...`: the maximum runs along memory, over all blocks at once.
        inside = blocks * _BLOCK
        largest = logits[:, :, :inside].reshape(batch, rows, _BLOCK, blocks).max(axis=2) + offsets[:, :, None]
        # The `count` largest sums lie in the `count` blocks with the largest maxima, or in no block.
        chosen = np.argpartition(largest.reshape(batch, -1), -count, axis=1)[:, -count:]
        starts = chosen // blocks * vocabulary + chosen % blocks
        places = (starts[:, :, None] + blocks * np.arange(_BLOCK)).reshape(batch, -1)
        if inside < vocabulary:
            rest = (np.arange(rows)[:, None] * vocabulary + np.arange(inside, vocabulary)).reshape(-1)
            places = np.concatenate([places, np.broadcast_to(rest, (batch, len(rest)))], axis=1)
    each = np.arange(batch)[:, None]
    sums = flat[each, places] + offsets[each, places // vocabulary]
    if places.shape[1] > 2 * count:
        kept = np.argpartition(sums, -count, axis=1)[:, -count:]
        sums, places = sums[each, kept], places[each, kept]
    order = np.argsort(-sums, axis=1, kind="stable")[:, :count]
    return sums[each, order], places[each, order]


def log_normalizer(logits: np.ndarray) -> np.ndarray:
    """Logarithm of each row's sum of exponentials, `(rows,)`: a logit minus it is a log probability."""
    rows, columns = logits.shape
    result = np.empty(rows, logits.dtype)
    # A few rows at a time, so that they stay in the processor's cache.
    scratch = np.empty((min(rows, _ROWS), columns), logits.dtype)
    ones = np.ones(columns, logits.dtype)
    for start in range(0, rows, _ROWS):
        some = logits[start : start + _ROWS]
        largest, exponentials = some.max(axis=1), scratch[: len(some)]
        np.exp(np.subtract(some, largest[:, None], out=exponentials), out=exponentials)
        # A product with ones is a quicker sum.
        result[start : start + _ROWS] = largest + np.log(exponentials @ ones)
    return result
