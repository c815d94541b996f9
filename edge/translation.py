"""What a translator returns."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Translation:
    """A translation and how it came about.

    Attributes:
        text: the translation.
        score: what hypotheses are ranked by: the sum of its pieces' log probabilities, with the search's penalties.
        source_pieces: what the model read, end symbol included.
        target_pieces: what it wrote, end symbol included if it came to one.
        piece_scores: log probability of each target piece.
        attention: weights `(target pieces, source pieces)`; None without attention.
    """

    text: str
    score: float
    source_pieces: list[str]
    target_pieces: list[str]
    piece_scores: list[float]
    attention: np.ndarray | None

    @property
    def alignment(self) -> list[int] | None:
        """Of each target piece, the source piece that was looked at most; None without attention."""
        return None if self.attention is None else self.attention.argmax(axis=1).tolist()

    @property
    def confidence(self) -> float:
        """The pieces' geometric mean probability, between 0 and 1: how sure the model is, which is not how right."""
        return math.exp(sum(self.piece_scores) / len(self.piece_scores)) if self.piece_scores else 1.0


def n_best_line(line: int, translations: Sequence[Translation]) -> str:
    """The translations of one line of input as one line of JSON."""
    hypotheses = [{"text": translation.text, "score": translation.score} for translation in translations]
    return json.dumps({"line": line, "hypotheses": hypotheses}, ensure_ascii=False)
