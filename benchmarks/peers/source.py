"""The sentence that all peers of `benchmarks.edge` read."""

import numpy as np

from edge.tokenizer import EOS


def random_source(length: int, vocabulary: int) -> np.ndarray:
    """Random tokens and EOS, int32 `(1, length)`."""
    tokens = np.random.default_rng(1).integers(EOS + 1, vocabulary, length - 1)
    return np.array([[*tokens, EOS]], np.int32)
