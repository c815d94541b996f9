"""How sure a model is."""

import math
from collections.abc import Sequence


def confidence(log_probabilities: Sequence[float]) -> float:
    """Return the geometric mean probability of tokens, between 0 and 1: how sure the model is, which is not how right.

    Args:
        log_probabilities: of the tokens. Without tokens the result is 1.
    """
    return math.exp(sum(log_probabilities) / len(log_probabilities)) if log_probabilities else 1.0
