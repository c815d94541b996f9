"""Tokens of sound to words with times."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge.search.constraints import SPACE
from edge.search.ctc_alignment import align
from edge.search.step import Hypothesis, Source
from edge.tokenizer import Tokenizer
from edge.unspaced import is_unspaced
from edge.word_times import Times, word_times


class SpokenWord(NamedTuple):
    """A word of a hypothesis.

    Attributes:
        tokens: of it.
        scores: log probability of each.
        start, end: in seconds from the start of the sound.
    """

    tokens: tuple[int, ...]
    scores: tuple[float, ...]
    start: float
    end: float

    @property
    def middle(self) -> float:
        """The time of its middle, in seconds."""
        return (self.start + self.end) / 2


def spoken_words(
    hypothesis: Hypothesis,
    source: Source,
    target: Tokenizer,
    position_seconds: float,
    begin: float,
    seconds: float,
    speech: Sequence[Times],
) -> list[SpokenWord]:
    """Group the tokens of a hypothesis into words, and find when they were spoken.

    The position with index `i` is the time from `i * position_seconds` to `(i + 1) * position_seconds`. CTC puts most
    of a token's probability on one or two positions inside of its sound, and so does attention. So a word begins where
    the silence before it ends, and ends where the silence after it begins. Without a silence between two words, the
    limit is the middle between the last token of the first word and the first token of the second.

    Args:
        hypothesis: of the sound.
        source: the sound, encoded.
        target: tokenizer of the text.
        position_seconds: time between two positions.
        begin: time of the start of the sound, in seconds; the words' times are counted from 0.
        seconds: length of the sound. A network may have positions behind it: no word ends there.
        speech: start and end of each stretch with speech, in seconds from the start of the sound.
    """
    tokens = hypothesis.tokens
    groups = _groups(tokens, target)
    spans = token_spans(hypothesis, source)
    anchors = []
    for first, last in groups:
        # A space has no sound.
        if last - first > 1 and target.spellings[tokens[first]] == SPACE:
            first += 1
        span = spans[first][0], spans[last - 1][1]
        anchors.append((min(span[0] * position_seconds, seconds), min(span[1] * position_seconds, seconds)))
    times = word_times(anchors, speech)
    return [
        SpokenWord(tuple(tokens[first:last]), tuple(hypothesis.token_scores[first:last]), begin + start, begin + end)
        for (first, last), (start, end) in zip(groups, times, strict=True)
    ]


def _groups(tokens: Sequence[int], target: Tokenizer) -> list[tuple[int, int]]:
    """First and last + 1 of the tokens of each word."""
    firsts = []
    before = ""
    for place, token in enumerate(tokens):
        text = target.spellings[token]
        is_alone = text[:1] != "" and is_unspaced(text[0]) and before != SPACE
        if not place or text.startswith(SPACE) or is_alone:
            firsts.append(place)
        before = text
    return list(zip(firsts, [*firsts[1:], len(tokens)], strict=False))


def token_spans(hypothesis: Hypothesis, source: Source) -> list[tuple[int, int]]:
    """Return first and last + 1 of the positions of each token: by CTC, else by attention, else spread evenly."""
    count = len(hypothesis.tokens)
    if source.ctc is not None:
        return align(source.ctc, hypothesis.tokens)
    if hypothesis.attention is not None and count:
        return [(place, place + 1) for place in _ascending(hypothesis.attention[:count])]
    positions = source.length
    return [(place * positions // count, -(-(place + 1) * positions // count)) for place in range(count)]


def _ascending(attention: np.ndarray) -> list[int]:
    """The position of each row that together have the most attention, none of them before that of an earlier row."""
    weights = np.log(np.maximum(attention.astype(np.float64), 1e-9))
    best = np.zeros(weights.shape)
    best[0] = weights[0]
    for row in range(1, len(weights)):
        best[row] = weights[row] + np.maximum.accumulate(best[row - 1])
    places = [int(best[-1].argmax())]
    for row in reversed(best[:-1]):
        places.append(int(row[: places[-1] + 1].argmax()))
    return places[::-1]
