"""What was heard in phrases, as segments of a transcript."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from edge.confidence import confidence
from edge.overlap import join_overlap
from edge.phrases import Phrase
from edge.search.step import Hypothesis
from edge.spoken_words import SpokenWord
from edge.tokenizer import Tokenizer
from edge.transcript import Segment, Word


class Heard(NamedTuple):
    """A hypothesis of a phrase, and its words."""

    words: list[SpokenWord]
    hypothesis: Hypothesis


def segments(heard: Iterable[tuple[Phrase, Heard]], target: Tokenizer, rate: int) -> Iterator[Segment]:
    """Make segments of phrases that follow each other, and yield each as soon as it is certain.

    Args:
        heard: the phrases in order, with what was heard in them.
        target: tokenizer of the text.
        rate: of the sound, in Hz.
    """
    waiting: tuple[Phrase, Heard] | None = None
    for phrase, (words, hypothesis) in heard:
        if waiting:
            before, earlier = waiting
            if phrase.overlap:
                start, end = phrase.start / rate, (phrase.start + phrase.overlap) / rate
                kept, words = join_overlap(earlier.words, words, start, end)
                earlier = earlier._replace(words=kept)
            yield _segment(before, earlier, target, rate)
        waiting = phrase, Heard(words, hypothesis)
        if not phrase.is_cut:
            yield _segment(*waiting, target, rate)
            waiting = None
    if waiting:
        yield _segment(*waiting, target, rate)


def _segment(phrase: Phrase, heard: Heard, target: Tokenizer, rate: int) -> Segment:
    words, hypothesis = heard
    spoken = [Word(target.decode(word.tokens).strip(), word.start, word.end, confidence(word.scores)) for word in words]
    return Segment(
        text=target.decode([token for word in words for token in word.tokens]),
        words=[word for word in spoken if word.text],
        start=words[0].start if words else phrase.start / rate,
        end=words[-1].end if words else (phrase.start + len(phrase.samples)) / rate,
        score=hypothesis.score,
        token_scores=[
            *(score for word in words for score in word.scores),
            # Of the end.
            *hypothesis.token_scores[len(hypothesis.tokens) :],
        ],
    )
