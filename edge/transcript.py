"""What a recognizer returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from edge.confidence import confidence
from edge.unspaced import is_unspaced


@dataclass(frozen=True)
class Word:
    """A word of a transcript.

    Attributes:
        text: the word; of scripts without spaces, a token.
        start, end: in seconds from the start of the sound.
        confidence: the geometric mean probability of its tokens, between 0 and 1.
    """

    text: str
    start: float
    end: float
    confidence: float

    def as_json(self) -> dict[str, Any]:
        """Return text, start, end and confidence as JSON has them; times are in seconds."""
        return {
            "text": self.text,
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "confidence": round(self.confidence, 4),
        }


@dataclass(frozen=True)
class Segment:
    """The transcript of what a model has read at once: a phrase, or a short recording.

    Attributes:
        text: the transcript.
        words: its words.
        start, end: of the first and of the last word, in seconds from the start of the sound.
        score: what hypotheses are ranked by, as `Hypothesis.score`; the sum of log probabilities of CTC alone.
        token_scores: log probability of each token.
    """

    text: str
    words: list[Word]
    start: float
    end: float
    score: float
    token_scores: list[float]

    @property
    def confidence(self) -> float:
        """The geometric mean probability of its tokens, between 0 and 1."""
        return confidence(self.token_scores)

    def as_json(self) -> dict[str, Any]:
        """Return text, confidence, start, end and words as JSON has them; times are in seconds."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "start": round(self.start, 3),
            "end": round(self.end, 3),
            "words": [word.as_json() for word in self.words],
        }


@dataclass(frozen=True)
class Transcript:
    """The transcript of a recording.

    Attributes:
        text: the transcript; empty if there is no speech.
        confidence: the geometric mean probability of all tokens, between 0 and 1.
        words: all words.
        segments: its parts; those without text are skipped.
        score: the sum of the scores of the segments.
    """

    text: str
    confidence: float
    words: list[Word]
    segments: list[Segment]
    score: float = 0.0

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> "Transcript":
        """Put the segments of a recording together."""
        spoken = [segment for segment in segments if segment.text]
        return cls(
            text=join_texts([segment.text for segment in spoken]),
            confidence=confidence([score for segment in segments for score in segment.token_scores]),
            words=[word for segment in spoken for word in segment.words],
            segments=spoken,
            score=sum(segment.score for segment in segments),
        )

    def as_json(self) -> dict[str, Any]:
        """Return text, confidence and segments as JSON has them; times are in seconds."""
        return {
            "text": self.text,
            "confidence": round(self.confidence, 4),
            "segments": [segment.as_json() for segment in self.segments],
        }


def join_texts(texts: Sequence[str]) -> str:
    """Return texts that follow each other as one, with spaces between them where their script has any."""
    joined = ""
    for text in texts:
        joined += gap(joined, text) + text
    return joined


def gap(before: str, after: str) -> str:
    """Return what stands between two texts that follow each other: a space, or nothing in a script without spaces."""
    is_open = not before or not after or (is_unspaced(before[-1]) and is_unspaced(after[0]))
    return "" if is_open else " "
