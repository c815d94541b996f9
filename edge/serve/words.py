"""Word alignment: attention between words, from attention between tokens."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from edge.search.constraints import SPACE
from edge.translation import Translation

_END = "</s>"
# From here on are scripts that are written without spaces.
_EAST_ASIAN = "\u2e80"


def explain_words(surfaces: Sequence[str], translation: Translation) -> dict[str, Any]:
    """Return the words of a sentence and of its translation, with the attention between them.

    Args:
        surfaces: source tokens as in the text, from `Tokenizer.surfaces`.
        translation: of it.

    Returns:
        source, target: the words. attention: for each target word, the weight of each source word, between 0 and 1
        and together at most 1; None if the model has none.
    """
    read = surfaces[: len(translation.source_tokens) - 1]
    written = translation.target_tokens[:-1] if translation.target_tokens[-1:] == [_END] else translation.target_tokens
    source, target = _group(read), _group(written)
    told: dict[str, Any] = {"source": _spell(read, source), "target": _spell(written, target), "attention": None}
    if translation.attention is not None:
        cells = [[translation.attention[np.ix_(row, column)] for column in source] for row in target]
        told["attention"] = [[round(float(cell.sum(axis=1).mean()), 3) for cell in row] for row in cells]
    return told


def _group(tokens: Sequence[str]) -> list[list[int]]:
    """Return the indices of the tokens of each word."""
    words: list[list[int]] = []
    for place, token in enumerate(tokens):
        if not words or token.startswith(SPACE) or token[:1] >= _EAST_ASIAN:
            words.append([])
        words[-1].append(place)
    return words


def _spell(tokens: Sequence[str], words: Sequence[Sequence[int]]) -> list[str]:
    return ["".join(tokens[place] for place in word).strip(SPACE) for word in words]
