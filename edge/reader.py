"""Source text in segments that a model can read, as token ids."""

import itertools
import re
import warnings
from collections.abc import Collection, Iterable, Sequence, Sized
from typing import NamedTuple, TypeVar

from edge.glossary import Glossary, Term
from edge.sentences import split
from edge.spans import Span, find_spans, own_text
from edge.stand_ins import Carried, StandIns, continues
from edge.tokenizer import UNK, Tokenizer
from edge.verbatim import as_kept, is_blank, verbatim

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
        masked: the segment with stand-ins for spans that are not translated; None if it has none. Its tokens are the
            same if the model knows reserved symbols, or cannot read the segment as it is.
        carried: of a masked segment: what the stand-ins stand for.
    """

    text: str
    gap: str
    last: bool
    tokens: tuple[int, ...]
    kept: str = ""
    terms: tuple[Term, ...] = ()
    masked: "Segment | None" = None
    carried: tuple[Carried, ...] = ()

    @property
    def first(self) -> "Segment":
        """The segment as the model reads it first: masked or not."""
        return self.masked if self.masked is not None and self.masked.tokens == self.tokens else self

    def after(self, translation: str) -> str:
        """The white space after its translation: a space after a sentence, where the source's language has none."""
        if not self.gap and not self.last and translation.endswith((".", "!", "?")):
            return " "
        return self.gap


_NOTHING = Segment("", "", True, ())


class TextReader:
    """Splits texts into segments that a model can read, and tokenizes each segment once.

    Args:
        tokenizer: of the source language.
        longest: tokens that the model reads, EOS included.
        letterless: the model translates text without a letter, too.
        abbreviations: words whose full stop ends no sentence, case-folded, without it.
        stand_ins: for spans that are not translated; None to translate all.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        longest: int,
        letterless: bool = False,
        abbreviations: Collection[str] = frozenset(),
        stand_ins: StandIns | None = None,
    ):
        self._tokenizer = tokenizer
        self._longest = longest
        self._letterless = letterless
        self._abbreviations = frozenset(abbreviations)
        self._stand_ins = stand_ins

    def segments(self, text: str) -> list[Segment]:
        """The text as one segment if the model can read it whole, else its sentences."""
        read = self._read(text)
        return self._parted(read) if len(read.tokens) <= self._longest else self.sentences(text)

    def sentences(self, text: str) -> list[Segment]:
        """The sentences of a text; those that are too long are split where a clause or a word ends.

        Of a model with features it is the lines: each has its own features, and a part of one would have none.
        """
        if self._tokenizer.has_features:
            return self._lines(text)
        known: dict[str, Segment] = {}

        def fits(segment: str) -> bool:
            if segment not in known:
                read = self._read(segment)
                if len(read.tokens) > self._longest:
                    if len(segment) > 1:
                        return False
                    # One character can be a phrase of many letters once it is normalized.
                    read = self._cut(read)
                known[segment] = read
            return True

        found = split(text, fits, self._abbreviations)
        # White space alone is not asked for.
        sentences = [
            known.get(segment, _NOTHING)._replace(text=segment, gap=gap, last=place == len(found))
            for place, (segment, gap) in enumerate(found, start=1)
        ]
        return [part for sentence in _with_whole_words(sentences) for part in self._parted(sentence)]

    def whole(self, text: str) -> list[Segment]:
        """The text as one segment, truncated with a warning if it is too long; all of it is for the model."""
        return [self._truncated(text, carry=False)]

    def with_terms(self, segments: Sequence[Segment], glossary: Glossary) -> list[Segment]:
        """Segments with the terms of a glossary that each has; features have none."""
        if not glossary:
            return list(segments)
        return [self._with_terms(each, glossary) for each in segments]

    def _with_terms(self, segment: Segment, glossary: Glossary) -> Segment:
        terms = glossary.find(self._tokenizer.split(segment.text)[0])
        segment = segment._replace(terms=terms)
        if segment.masked is None:
            return segment
        # The user's term counts more.
        spans = [
            span
            for span in find_spans(segment.text)
            if not any(term.start < span.end and span.start < term.end for term in terms)
        ]
        masked = self._masked(segment.text, spans)
        tokens = segment.tokens if segment.first is segment else self._encoded(segment.text)
        if masked is not None:
            masked = masked._replace(terms=glossary.find(masked.text))
            tokens = masked.tokens if segment.first is not segment else tokens
        segment = segment._replace(tokens=tokens, masked=masked)
        return segment if len(tokens) <= self._longest else self._cut(segment)

    def _lines(self, text: str) -> list[Segment]:
        ends = [*(match.span() for match in _LINE_END.finditer(text)), (len(text), len(text))]
        starts = [0, *(end for _, end in ends)]
        return [
            self._truncated(text[start:end], text[end:following], following == len(text))
            for start, (end, following) in zip(starts, ends, strict=False)
        ]

    def _truncated(self, text: str, gap: str = "", last: bool = True, carry: bool = True) -> Segment:
        read = self._read(text, carry)
        if len(read.tokens) > self._longest:
            warnings.warn(
                f"a sentence of {len(read.tokens)} tokens was truncated to the {self._longest} that the model reads: "
                f"{text[:40]!r}...",
                stacklevel=3,
            )
            read = self._cut(read)
        return read._replace(gap=gap, last=last)

    def _cut(self, segment: Segment) -> Segment:
        whole = segment.tokens if segment.masked is None else self._encoded(segment.text)
        tokens = self._tokenizer.cut(segment.text, whole, self._longest)
        return segment._replace(tokens=tuple(tokens), masked=None)

    def _read(self, text: str, carry: bool = True) -> Segment:
        """A text as a segment, which may be too long for the model."""
        tokens = () if is_blank(self._tokenizer.split(text)[0]) else self._encoded(text)
        kept = verbatim(text, tokens, self._tokenizer, self._letterless)
        if kept is not None:
            return Segment(text, "", True, (), kept)
        spans = find_spans(text) if carry and self._stand_ins else []
        masked = self._masked(text, spans)
        if masked is None:
            return Segment(text, "", True, tokens)
        if not self._letterless and not any(map(str.isalpha, _outside(text, spans))):
            return Segment(text, "", True, (), text.strip())
        assert self._stand_ins is not None
        unread = UNK in tokens or len(tokens) > self._longest
        return Segment(
            text, "", True, masked.tokens if self._stand_ins.is_reserved or unread else tokens, masked=masked
        )

    def _parted(self, segment: Segment) -> list[Segment]:
        """A segment, and as segments of their own spans before and behind it that punctuation separates from it."""
        if segment.masked is None:
            return [segment]
        text = segment.text
        start, end = own_text(text, find_spans(text))
        if (start, end) == (0, len(text)):
            return [segment]
        ends = [(0, start), (start, end), (end, len(text))]
        pieces = [(text[first:last].rstrip(), last) for first, last in ends if first < last]
        parts: list[Segment] = []
        place = 0
        for piece, last in pieces:
            read = self._read(piece)
            place += len(piece)
            parts.append(read._replace(gap=text[place:last], last=False))
            place = last
        parts[-1] = parts[-1]._replace(gap=segment.gap, last=segment.last)
        return parts

    def _masked(self, text: str, spans: Sequence[Span]) -> Segment | None:
        """A segment with stand-ins; None without any."""
        if not spans or not self._stand_ins:
            return None
        masked, carried = self._stand_ins.mask(text, spans)
        return Segment(masked, "", True, self._encoded(masked), carried=carried) if carried else None

    def _encoded(self, text: str) -> tuple[int, ...]:
        return tuple(self._tokenizer.encode(text))


def _outside(text: str, spans: Sequence[Span]) -> str:
    """What a text has beside its spans."""
    starts, ends = [0, *(span.end for span in spans)], [*(span.start for span in spans), len(text)]
    return "".join(text[start:end] for start, end in zip(starts, ends, strict=True))


def _with_whole_words(segments: Iterable[Segment]) -> list[Segment]:
    """Segments with one in place of the parts of a word: a word that the model cannot read is its own translation."""
    found: list[Segment] = []
    for segment in segments:
        before = found[-1] if found else _NOTHING
        if not before.gap and continues(before.text[-1:]) and continues(segment.text[:1]):
            text = before.text + segment.text
            found[-1] = segment._replace(text=text, tokens=(), kept=as_kept(text), masked=None)
        else:
            found.append(segment)
    return found


def regroup(found: Iterable[T], texts: Sequence[Sized]) -> list[list[T]]:
    """Sorts what was found for the segments of several texts, one after the other, by text."""
    rest = iter(found)
    return [list(itertools.islice(rest, len(segments))) for segments in texts]
