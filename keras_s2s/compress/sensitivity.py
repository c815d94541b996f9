"""Which sparsity each matrix of a network stands."""

from collections.abc import Callable, Sequence

import keras
import numpy as np

from keras_s2s.compress.tfmot import pruning_mask

# Sparsity of a matrix at which the loss is measured. Loss is linear between them.
LEVELS = (0.5, 0.7, 0.8, 0.9, 0.95)


def losses_by_sparsity(variables: Sequence[keras.Variable], loss: Callable[[], float]) -> np.ndarray:
    """Return what the loss is if a single matrix is pruned, without training (Han et al. 2015).

    Args:
        variables: the matrices; they have their values again afterwards.
        loss: computes the loss of the network as it is.

    Returns:
        `(matrices, 1 + levels)`: first the loss without pruning, then that of each sparsity of `LEVELS`.
    """
    dense, rows = loss(), []
    for variable in variables:
        weights, row = variable.numpy(), [dense]
        for level in LEVELS:
            variable.assign(weights * pruning_mask(variable.value, level))
            row.append(loss())
            variable.assign(weights)
        rows.append(row)
    return np.array(rows)


def sparsity_by_sensitivity(sizes: Sequence[int], losses: np.ndarray, sparsity: float) -> list[float]:
    """Divide a number of zeros between matrices so that the sum of the increases of the loss is smallest.

    Args:
        sizes: number of weights of each matrix.
        losses: of `losses_by_sparsity`.
        sparsity: fraction of zeros of all weights, at most the last of `LEVELS`.

    Returns:
        The sparsity of each matrix.
    """
    levels = np.array([0.0, *LEVELS])
    # A loss that falls with more zeros is chance.
    costs = np.maximum.accumulate(losses, axis=1)
    reached, left = [0] * len(sizes), sparsity * sum(sizes)
    shares = [0.0] * len(sizes)
    while left > 0.5:
        # The step that costs least for each zero; a step may pass over levels. A matrix that is done has no step.
        steps = [
            ((cost[above] - cost[now]) / (size * (levels[above] - levels[now])), matrix, above)
            for matrix, (size, cost, now) in enumerate(zip(sizes, costs, reached, strict=True))
            for above in range(now + 1, len(levels))
        ]
        _, matrix, above = min(steps)
        zeros = min(left, sizes[matrix] * (levels[above] - shares[matrix]))
        shares[matrix] += zeros / sizes[matrix]
        reached[matrix], left = above, left - zeros
    return shares
