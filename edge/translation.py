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


def joined(parts: Sequence[Sequence[Translation]], gaps: Sequence[str]) -> list[Translation]:
    """The translations of a text's parts as translations of the text: the best ones of all, the second ones, and so on.

    Args:
        parts: the translations of each part, the best first.
        gaps: the white space after each part.

    Returns:
        As many as the part with the most has; of a part that has fewer, the last one counts for the rest.
    """
    if len(parts) == 1 and not gaps[0]:
        return list(parts[0])
    most = max(map(len, parts))
    return [_join([part[min(rank, len(part) - 1)] for part in parts], gaps) for rank in range(most)]


def _join(parts: Sequence[Translation], gaps: Sequence[str]) -> Translation:
    read = [part for part in parts if part.target_pieces]
    attentions = [part.attention for part in read if part.attention is not None]
    return Translation(
        text=join_texts([part.text for part in parts], gaps),
        score=sum(part.score for part in parts),
        source_pieces=[piece for part in read for piece in part.source_pieces],
        target_pieces=[piece for part in read for piece in part.target_pieces],
        piece_scores=[score for part in read for score in part.piece_scores],
        attention=_block_diagonal(attentions) if len(attentions) == len(read) else None,
    )


def join_texts(texts: Sequence[str], gaps: Sequence[str]) -> str:
    """The translations of a text's parts as one text, with the white space after each part."""
    spaces = [*map(spaced, texts[:-1], gaps), gaps[-1]]
    return "".join(text + space for text, space in zip(texts, spaces, strict=True))


def spaced(text: str, gap: str) -> str:
    """The white space after a part: a space after a sentence's end, where the source's language has none."""
    return " " if not gap and text.endswith((".", "!", "?")) else gap


def _block_diagonal(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """Matrices one after the other: no part has looked at another one."""
    whole = np.zeros((sum(len(block) for block in blocks), sum(block.shape[1] for block in blocks)), np.float32)
    row = column = 0
    for block in blocks:
        rows, columns = block.shape
        whole[row : row + rows, column : column + columns] = block
        row, column = row + rows, column + columns
    return whole


def n_best_line(line: int, translations: Sequence[Translation]) -> str:
    """The translations of one line of input as one line of JSON."""
    hypotheses = [{"text": translation.text, "score": translation.score} for translation in translations]
    return json.dumps({"line": line, "hypotheses": hypotheses}, ensure_ascii=False)
