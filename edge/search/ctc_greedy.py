"""Decoding with CTC alone, without a search."""

import numpy as np

from edge.search.ctc import BLANK
from edge.tokenizer import BOS, EOS


def greedy(ctc: np.ndarray) -> list[int]:
    """The tokens of CTC's best path: the most probable one at each position, without repetitions and blanks.

    Args:
        ctc: log probabilities of a source, `(positions, vocabulary)`; BOS and EOS do not count.
    """
    path = np.where(np.isin(np.arange(ctc.shape[1]), (BOS, EOS)), -np.inf, ctc).argmax(axis=1)
    first = np.append(True, path[1:] != path[:-1])[: len(path)]
    return path[first & (path != BLANK)].tolist()
