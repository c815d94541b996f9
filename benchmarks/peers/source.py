"""The sentence that all peers of `benchmarks.edge` read."""

import numpy as np

from edge.tokenizer import EOS


def random_source(length: int, vocabulary: int) -> np.ndarray:
    """Random pieces and the end symbol, int32 `(1, length)`."""
    pieces = np.random.default_rng(1).integers(EOS + 1, vocabulary, length - 1)
    return np.array([[*pieces, EOS]], np.int32)
