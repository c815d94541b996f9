"""Source text in segments that a model can read, as token ids."""

import itertools
import re
import warnings
from collections.abc import Collection, Iterable, Sequence, Sized
from typing import NamedTuple, TypeVar

from edge.glossary import Glossary, Term
from edge.sentences import split
from edge.tokenizer import Tokenizer
from edge.verbatim import is_blank, verbatim

T = TypeVar("T")

_LINE_END = re.compile(r"\s*\n\s*")


class Segment(NamedTuple):
    """A segment of a text: a sentence, or less of one that is too long for the model.

    Attributes:
        text: the segment.
        gap: the white space after it.
        last: whether it is the text's last one.
        tokens: its token ids, EOS included; none if it is not for the model, see `edge.verbatim`.
        kept: its translation if it has no tokens: the segment itself or, if there is nothing to see, the empty text.
        terms: those of a glossary that it has.
    """

    text: str
    gap: str
    last: bool
    tokens: tuple[int, ...]
    kept: str = ""
    terms: tuple[Term, ...] = ()

    def after(self, translation: str) -> str:
        """The white space after its translation: a space after a sentence, where the source's language has none."""
        if not self.gap and not self.last and translation.endswith((".", "!", "?")):
            return " "
        return self.gap


class TextReader:
    """Splits texts into segments that a model can read, and tokenizes each segment once.

    Args:
        tokenizer: of the source language.
        longest: tokens that the model reads, EOS included.
        letterless: the model translates text without a letter, too.
        abbreviations: words whose full stop ends no sentence, case-folded, without it.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        longest: int,
        letterless: bool = False,
        abbreviations: Collection[str] = frozenset(),
    ):
        self._tokenizer = tokenizer
        self._longest = longest
        self._letterless = letterless
        self._abbreviations = frozenset(abbreviations)

    def segments(self, text: str) -> list[Segment]:
        """The text as one segment if the model can read it whole, else its sentences."""
        tokens, kept = self._read(text)
        return [Segment(text, "", True, tokens, kept)] if len(tokens) <= self._longest else self.sentences(text)

    def sentences(self, text: str) -> list[Segment]:
        """The sentences of a text; those that are too long are split where a clause or a word ends.

        Of a model with features it is the lines: each has its own features, and a part of one would have none.
        """
        if self._tokenizer.has_features:
            return self._lines(text)
        known: dict[str, tuple[tuple[int, ...], str]] = {}

        def fits(segment: str) -> bool:
            if segment not in known:
                tokens, kept = self._read(segment)
                if len(tokens) > self._longest:
                    if len(segment) > 1:
                        return False
                    # One character can be a phrase of many letters once it is normalized.
                    tokens = tuple(self._tokenizer.cut(segment, tokens, self._longest))
                known[segment] = tokens, kept
            return True

        found = split(text, fits, self._abbreviations)
        # White space alone is not asked for.
        return [
            Segment(segment, gap, place == len(found), *known.get(segment, ((), "")))
            for place, (segment, gap) in enumerate(found, start=1)
        ]

    def whole(self, text: str) -> list[Segment]:
        """The text as one segment, truncated with a warning if it is too long."""
        return [self._truncated(text)]

    def with_terms(self, segments: Sequence[Segment], glossary: Glossary) -> list[Segment]:
        """Segments with the terms of a glossary that each has; features have none."""
        if not glossary:
            return list(segments)
        return [each._replace(terms=glossary.find(self._tokenizer.split(each.text)[0])) for each in segments]

    def _lines(self, text: str) -> list[Segment]:
        ends = [*(match.span() for match in _LINE_END.finditer(text)), (len(text), len(text))]
        starts = [0, *(end for _, end in ends)]
        return [
            self._truncated(text[start:end], text[end:following], following == len(text))
            for start, (end, following) in zip(starts, ends, strict=False)
        ]

    def _truncated(self, text: str, gap: str = "", last: bool = True) -> Segment:
        tokens, kept = self._read(text)
        if len(tokens) > self._longest:
            warnings.warn(
                f"a sentence of {len(tokens)} tokens was truncated to the {self._longest} that the model reads: "
                f"{text[:40]!r}...",
                stacklevel=3,
            )
            tokens = tuple(self._tokenizer.cut(text, tokens, self._longest))
        return Segment(text, gap, last, tokens, kept)

    def _read(self, text: str) -> tuple[tuple[int, ...], str]:
        """The fields `tokens` and `kept` of a segment that may be too long."""
        tokens = () if is_blank(self._tokenizer.split(text)[0]) else tuple(self._tokenizer.encode(text))
        kept = verbatim(text, tokens, self._tokenizer, self._letterless)
        return (tokens, "") if kept is None else ((), kept)


def regroup(found: Iterable[T], texts: Sequence[Sized]) -> list[list[T]]:
    """Sorts what was found for the segments of several texts, one after the other, by text."""
    rest = iter(found)
    return [list(itertools.islice(rest, len(segments))) for segments in texts]
