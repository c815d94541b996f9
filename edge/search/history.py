"""How each hypothesis came about."""

from typing import NamedTuple

import numpy as np

from edge.search.step import Hypothesis


class _Taken(NamedTuple):
    """A step: which row each row continues, with which token and log probability, and the attention of the parents."""

    parents: np.ndarray
    tokens: np.ndarray
    log_probabilities: np.ndarray
    attention: np.ndarray | None


class End(NamedTuple):
    """Where a hypothesis ends.

    Attributes:
        step: number of tokens before EOS.
        row: of the hypothesis at that step.
        log_probability: of EOS; None for a truncated hypothesis.
        attention: weights `(source_length,)` when EOS was chosen; None without attention.
    """

    step: int
    row: int
    log_probability: float | None
    attention: np.ndarray | None


class History:
    """Keeps what every step chose, and walks back along a hypothesis when it is wanted.

    Hypotheses share their beginnings: nothing is copied while they grow.
    """

    def __init__(self) -> None:
        self._steps: list[_Taken] = []

    def __len__(self) -> int:
        """The number of steps taken."""
        return len(self._steps)

    def append(
        self, parents: np.ndarray, tokens: np.ndarray, log_probabilities: np.ndarray, attention: np.ndarray | None
    ) -> None:
        """Takes a step.

        Args:
            parents: the row that each row continues, `(rows,)`.
            tokens: with which token, `(rows,)`.
            log_probabilities: of these tokens, `(rows,)`.
            attention: of the rows before this step, `(rows before, source_length)`.
        """
        self._steps.append(_Taken(parents, tokens, log_probabilities, attention))

    def keep(self, rows: np.ndarray) -> None:
        """Keep some of the rows: those at these indices."""
        if self._steps:
            last = self._steps[-1]
            self._steps[-1] = _Taken(
                last.parents[rows], last.tokens[rows], last.log_probabilities[rows], last.attention
            )

    def tokens(self, rows: np.ndarray) -> np.ndarray:
        """The tokens so far of each of some rows, `(rows, steps)`."""
        columns = []
        for step in reversed(self._steps):
            columns.append(step.tokens[rows])
            rows = step.parents[rows]
        return np.stack(columns[::-1], axis=1) if columns else np.empty((len(rows), 0), np.int64)

    def hypothesis(self, end: End, positions: int, score: float) -> Hypothesis:
        """The hypothesis that ends somewhere.

        Args:
            end: where.
            positions: of the memory that are real; attention beyond them is padding's.
            score: of the whole.
        """
        tokens, scores, attention = [], [], []
        if end.log_probability is not None:
            scores.append(end.log_probability)
            if end.attention is not None:
                attention.append(end.attention)
        row = end.row
        for step in reversed(self._steps[: end.step]):
            tokens.append(int(step.tokens[row]))
            scores.append(float(step.log_probabilities[row]))
            row = int(step.parents[row])
            if step.attention is not None:
                attention.append(step.attention[row])
        weights = np.stack(attention[::-1])[:, :positions] if attention else None
        return Hypothesis(tokens[::-1], scores[::-1], weights, score)
