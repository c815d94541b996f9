"""The positions at which CTC has each token of a text: forced alignment."""

from collections.abc import Sequence

import numpy as np

from edge.search.ctc import BLANK, LOG_ZERO


def align(ctc: np.ndarray, tokens: Sequence[int]) -> list[tuple[int, int]]:
    """The positions of each token on the most probable path that has these tokens (Viterbi).

    Args:
        ctc: log probabilities of a source, `(positions, vocabulary)`; blank is `BLANK`.
        tokens: of the text, without BOS and EOS.

    Returns:
        The first position of each token, and the last one plus 1. Where the tokens need more positions than there are
        (one each, and one for the blank between two equal ones), they are spread evenly.
    """
    positions, count = len(ctc), len(tokens)
    repeated = np.append(True, np.diff(np.asarray(tokens, int)) == 0)[:count]
    if not count or positions < count + repeated[1:].sum():
        return [(place * positions // count, -(-(place + 1) * positions // count)) for place in range(count)]
    # A path goes through blank, first token, blank, ... last token, blank. It may skip blanks, but not between equal
    # tokens.
    states = np.full(2 * count + 1, BLANK)
    states[1::2] = tokens
    skips = np.zeros(len(states), bool)
    skips[1::2] = ~repeated
    emitted = np.maximum(ctc[:, states], LOG_ZERO).astype(np.float64)
    best = np.full(len(states), -np.inf)
    best[:2] = emitted[0, :2]
    steps = np.zeros((positions, len(states)), np.int64)
    for position in range(1, positions):
        # From the same state, the one before, or the one before that.
        ways = np.full((3, len(states)), -np.inf)
        ways[0], ways[1, 1:] = best, best[:-1]
        ways[2, 2:] = np.where(skips[2:], best[:-2], -np.inf)
        steps[position] = ways.argmax(axis=0)
        best = ways.max(axis=0) + emitted[position]
    path = np.empty(positions, np.int64)
    state = len(states) - 1 if best[-1] >= best[-2] else len(states) - 2
    for position in reversed(range(positions)):
        path[position] = state
        state -= steps[position, state]
    bounds = [np.searchsorted(path, 2 * place + 1 + np.arange(2)).tolist() for place in range(count)]
    return [(first, last) for first, last in bounds]
