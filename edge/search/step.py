"""What a search needs to know of a model."""

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

Arrays = dict[str, np.ndarray]


class Encoded(NamedTuple):
    """An encoded batch of source sentences.

    Attributes:
        memory: arrays that stay as they are while the target grows, `(batch, source_length, ...)` each; empty without
            attention.
        states: arrays that a step takes and returns, `(batch, units)` each.
    """

    memory: Arrays
    states: Arrays


class Stepped(NamedTuple):
    """What a step returns.

    Attributes:
        logits: `(batch, target_vocabulary)`.
        states: the next step's states.
        attention: weights `(batch, source_length)`; None without attention.
    """

    logits: np.ndarray
    states: Arrays
    attention: np.ndarray | None


class Step(Protocol):
    """A model behind the interface that search knows: a flatbuffer's or a Keras model's.

    Attributes:
        vocabulary: the token of each column of the logits, ascending, the four control tokens among them; None if the
            columns are the tokens.
    """

    vocabulary: np.ndarray | None

    def encode(self, source: np.ndarray) -> Encoded:
        """Encodes sentences of one length, int32 `(batch, source_length)`, end symbols included."""

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        """Reads each hypothesis' last token, int32 `(batch,)`, and predicts the next one."""


@dataclass(frozen=True)
class Hypothesis:
    """One target sentence.

    Attributes:
        tokens: piece ids, without begin and end symbol.
        token_scores: log probability of each token and, if the sentence has ended, of the end symbol.
        attention: weights `(target_length, source_length)`, a row for each of `token_scores`; None without attention.
        score: what hypotheses are ranked by: the sum of the log probabilities, with the penalties of the search.
    """

    tokens: list[int]
    token_scores: list[float]
    attention: np.ndarray | None
    score: float

    @property
    def log_probability(self) -> float:
        """The sum of the log probabilities."""
        return float(sum(self.token_scores))
