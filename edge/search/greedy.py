"""Greedy search."""

import numpy as np

from edge.search.step import Encoded, Hypothesis, Step
from edge.tokenizer import BOS, EOS


def greedy(step: Step, source: np.ndarray, max_length: int) -> Hypothesis:
    """Follows the most probable token until the end symbol.

    Args:
        step: the model.
        source: int32 `(1, source_length)`, end symbol included.
        max_length: tokens after which the sentence ends in any case.
    """
    encoded = step.encode(source)
    token, tokens, scores, attention = BOS, [], [], []
    while len(tokens) < max_length:
        logits, states, weights = step.step(np.array([token], np.int32), encoded)
        encoded = Encoded(encoded.memory, states)
        token = int(np.argmax(logits[0]))
        scores.append(_log_probability(logits[0], token))
        if weights is not None:
            attention.append(weights[0])
        if token == EOS:
            break
        tokens.append(token)
    return Hypothesis(tokens, scores, np.stack(attention) if attention else None)


def _log_probability(logits: np.ndarray, best: int) -> float:
    """Log softmax at the largest of the logits `(target_vocabulary,)`: no exponent is above zero."""
    return -float(np.log(np.exp(logits - logits[best]).sum()))
