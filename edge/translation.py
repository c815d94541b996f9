"""What a translator returns."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from edge.confidence import confidence
from edge.reader import Segment


@dataclass(frozen=True)
class Translation:
    """A translation with its tokens, scores and attention.

    Attributes:
        text: the translation.
        score: for ranking: sum of the log probabilities of the tokens, with length and coverage penalty.
        source_tokens: tokens that the model read, with EOS.
        target_tokens: tokens that it wrote, with EOS unless the output was truncated.
        token_scores: log probability of each target token.
        attention: weights `(target tokens, source tokens)`; None without attention.
        surfaces: source tokens as in the text, without EOS, if the model read other ones: see `edge.stand_ins`.
    """

    text: str
    score: float
    source_tokens: list[str]
    target_tokens: list[str]
    token_scores: list[float]
    attention: np.ndarray | None
    surfaces: Sequence[str] = ()

    @property
    def alignment(self) -> list[int] | None:
        """Index of the source token with the highest attention, for each target token; None without attention."""
        return None if self.attention is None else self.attention.argmax(axis=1).tolist()

    @property
    def confidence(self) -> float:
        """Confidence of the model from 0 to 1: geometric mean of the token probabilities. It is not the accuracy."""
        return confidence(self.token_scores)


def joined(segments: Sequence[Segment], found: Sequence[Sequence[Translation]]) -> list[Translation]:
    """The translations of a text's segments as translations of the text: the best of all, the second best, and so on.

    Args:
        segments: of the text.
        found: the translations of each segment, the best first.

    Returns:
        As many as the segment with the most has; of a segment that has fewer, the last one counts for the rest.
    """
    if len(segments) == 1 and not segments[0].gap:
        return list(found[0])
    most = max(map(len, found))
    return [_join(segments, [each[min(rank, len(each) - 1)] for each in found]) for rank in range(most)]


def _join(segments: Sequence[Segment], translations: Sequence[Translation]) -> Translation:
    read = [translation for translation in translations if translation.target_tokens]
    attentions = [translation.attention for translation in read if translation.attention is not None]
    return Translation(
        text=join_texts(segments, [translation.text for translation in translations]),
        score=sum(translation.score for translation in translations),
        source_tokens=[token for translation in read for token in translation.source_tokens],
        target_tokens=[token for translation in read for token in translation.target_tokens],
        token_scores=[score for translation in read for score in translation.token_scores],
        attention=_block_diagonal(attentions) if len(attentions) == len(read) else None,
    )


def join_texts(segments: Sequence[Segment], translations: Sequence[str]) -> str:
    """The translations of a text's segments as one text, with the white space after each of them."""
    pairs = zip(segments, translations, strict=True)
    return "".join(translation + segment.after(translation) for segment, translation in pairs)


def _block_diagonal(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """Return a block-diagonal matrix: segments have no attention to each other."""
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
