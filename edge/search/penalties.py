"""What makes hypotheses of different lengths comparable, and those that skip source words worse."""

import numpy as np

from edge.search.options import SearchOptions


def length_penalty(length: int | np.ndarray, options: SearchOptions) -> float | np.ndarray:
    """What a sum of log probabilities is divided by.

    Args:
        length: number of log probabilities, that of EOS included.
        options: `length_penalty` and `alpha`. Wu et al. (2016), equation 14: `((5 + length) / 6) ** alpha`.
    """
    if options.length_penalty == "none":
        return length * 0 + 1.0
    if options.length_penalty == "average":
        return length * 1.0
    return ((5.0 + length) / 6.0) ** options.alpha


def coverage_penalty(attention: np.ndarray, options: SearchOptions) -> float:
    """Return the coverage penalty (Wu et al. 2016, equation 14): it counts source tokens with a coverage below 1.

    Args:
        attention: weights `(target_length, source_length)`.
        options: `coverage_penalty`, its weight.

    Returns:
        Zero or less.
    """
    seen = np.clip(attention.sum(axis=0), 1e-6, 1.0)
    return options.coverage_penalty * float(np.log(seen).sum())
