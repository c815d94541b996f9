"""Words of a sentence and of its translation, with the attention between them."""

import itertools
import unicodedata
from collections.abc import Collection, Sequence

import numpy as np

from edge.search.constraints import SPACE
from edge.unspaced import is_unspaced

Span = tuple[int, int]

# Characters that may stand between the place of a token and the one before it.
_GAP = 24


def word_units(text: str, tokens: Sequence[Span], cuts: Collection[int] = (), whole: Sequence[Span] = ()) -> list[Span]:
    """Return the words of a text and the punctuation around them, as spans of characters.

    Args:
        text: any text.
        tokens: spans of its tokens: where no spaces stand between words, tokens count as words.
        cuts: further places at which a word is split.
        whole: spans that are words, whatever is in them; only `cuts` split them.
    """
    places = {*(end for span in tokens if is_unspaced(text[span[0] : span[0] + 1] or " ") for end in span)}
    end = 0
    for word in text.split():
        start = text.index(word, end)
        end = start + len(word)
        first = next((place for place in range(start, end) if is_word(text[place])), end)
        last = next((place for place in reversed(range(first, end)) if is_word(text[place])), end - 1)
        places.update((start, first, last + 1, end))
    places = {place for place in places if not any(start < place < end for start, end in whole)}
    places.update(cuts, itertools.chain(*whole))
    pairs = itertools.pairwise(sorted(place for place in places if place <= len(text)))
    return [(start, end) for start, end in pairs if not text[start].isspace()]


def is_word(character: str) -> bool:
    """Return whether a character is a letter, a mark of one, or a number."""
    return unicodedata.category(character)[0] in "LMN"


def token_spans(text: str, tokens: Sequence[str]) -> list[Span]:
    """Find tokens in a text; one that is not there as it is stands between its neighbours.

    Args:
        text: that was tokenized, or that tokens were decoded to.
        tokens: as strings, without EOS; a space is `▁`.
    """
    place = 0
    found: list[tuple[int, int | None]] = []
    for token in tokens:
        piece = token.replace(SPACE, " ").strip()
        start = text.find(piece, place, place + len(piece) + _GAP) if piece else place
        found.append((place, None) if start < 0 else (start, start + len(piece)))
        place = place if start < 0 else start + len(piece)
    spans: list[Span] = []
    following = len(text)
    for start, end in reversed(found):
        spans.append((start, following if end is None else end))
        following = following if end is None else start
    return spans[::-1]


def unit_attention(
    attention: np.ndarray | None,
    read: tuple[Sequence[Span], Sequence[Span]],
    written: tuple[Sequence[Span], Sequence[Span]],
) -> np.ndarray:
    """Return the attention between words.

    Args:
        attention: `(target tokens, source tokens)`; None: a word belongs to the one at the same place of the sentence.
        read: spans of the source's tokens and of its words.
        written: those of the translation.

    Returns:
        Weights `(target words, source words)`, each row at most 1 in sum.
    """
    rows, columns = len(written[1]), len(read[1])
    if attention is None:
        places = [[(place / size, (place + 1) / size) for place in range(size)] for size in (rows, columns)]
        return _overlap(*places) * rows
    shares = _overlap(read[0], read[1])[: attention.shape[1]]
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1)
    means = _overlap(written[1], written[0])[:, : attention.shape[0]]
    means /= np.maximum(means.sum(axis=1, keepdims=True), 1)
    return means @ attention[: means.shape[1], : len(shares)] @ shares


def _overlap(one: Sequence[tuple[float, float]], other: Sequence[tuple[float, float]]) -> np.ndarray:
    """Return how much of each span the others have, `(one, other)`."""
    rows, columns = (np.array(spans, np.float32).reshape(-1, 2) for spans in (one, other))
    common = np.minimum.outer(rows[:, 1], columns[:, 1]) - np.maximum.outer(rows[:, 0], columns[:, 0])
    return common.clip(0)
