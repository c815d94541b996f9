"""Tags of a sentence, placed in its translation by word alignment."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from edge.markup_tokens import Kind
from edge.spans import find_spans
from edge.translation import Translation
from edge.word_units import Span, is_word, token_spans, unit_attention, word_units

_END = "</s>"


class Mark(NamedTuple):
    """A tag inside of a sentence, or what is kept whole there.

    Attributes:
        kind: a start tag, an end tag, a single with something to see, or other.
        source: what is written.
        place: characters of the sentence before it.
        partner: the other end of an element, as an index among the marks of the text; None if there is none.
    """

    kind: Kind
    source: str
    place: int
    partner: int | None = None


@dataclass
class _Element:
    """An element, or the part of it that is in the sentence, as indices of marks and of source words.

    Without a start tag it has begun before the sentence, without an end tag it ends after it. An element without a
    word is kept whole, like every mark that is no tag.
    """

    first: int
    opened: int | None = None
    closed: int | None = None
    last: int = 0
    children: list["_Element"] = field(default_factory=list)

    @property
    def is_point(self) -> bool:
        return self.first == self.last and self.opened is not None and self.closed is not None


# What is written: a target word, some marks as they are, or an element and the target words it gets.
_Part = int | range | tuple[_Element, int, int]


def place_marks(
    text: str, tokens: Sequence[str], marks: Sequence[Mark], translation: Translation, escape: Callable[[str], str]
) -> str:
    """Return a translation with the marks of its source: all of them, and nested as they were.

    An element goes around the words whose attention is mostly on its own words; a single goes where the words before it
    and the words after it are parted best. Without attention both is done by position.

    Args:
        text: the sentence.
        tokens: its tokens as in the text, without EOS.
        marks: in order; their elements do not cross each other.
        translation: of the sentence.
        escape: writes text as HTML.
    """
    written = translation.target_tokens[:-1] if translation.target_tokens[-1:] == [_END] else translation.target_tokens
    read_spans, written_spans = token_spans(text, tokens), token_spans(translation.text, written)
    # Spans that were carried over are words.
    whole = [[each[:2] for each in find_spans(own)] if translation.surfaces else [] for own in (text, translation.text)]
    read = word_units(text, read_spans, {mark.place for mark in marks}, whole[0])
    words = word_units(translation.text, written_spans, whole=whole[1])
    attention = unit_attention(translation.attention, (read_spans, read), (written_spans, words))
    parts = _Arrangement(attention).parts(_elements(marks, [start for start, _ in read], len(read)))
    return _write(translation.text, words, parts, text, marks, escape)


def _elements(marks: Sequence[Mark], starts: Sequence[int], words: int) -> _Element:
    """Return the sentence as an element that has the others."""
    stack = [_Element(0, last=words)]
    for index, mark in enumerate(marks):
        before = bisect_left(starts, mark.place)
        if mark.kind is Kind.OPEN:
            element = _Element(before, opened=index, last=words)
            stack[-1].children.append(element)
            stack.append(element)
        elif mark.kind is not Kind.CLOSE:
            stack[-1].children.append(_Element(before, opened=index, closed=index, last=before))
        elif len(stack) > 1:
            element = stack.pop()
            element.closed, element.last = index, before
        else:
            stack[0].children = [_Element(0, closed=index, last=before, children=stack[0].children)]
    return stack[0]


class _Arrangement:
    """Target words of elements.

    Args:
        attention: `(target words, source words)`.
    """

    def __init__(self, attention: np.ndarray):
        self._words = len(attention)
        # Attention of each target word to the first source words: `(source words + 1, target words)`.
        self._sums = np.concatenate([np.zeros((1, len(attention)), np.float32), attention.T.cumsum(axis=0)])

    def parts(self, sentence: _Element) -> list[int | range]:
        """Return the target words and the marks in order."""
        found: list[int | range] = []
        # Elements may be nested more deeply than functions can be.
        rest: list[_Part] = [(sentence, 0, self._words)]
        while rest:
            part = rest.pop()
            if isinstance(part, tuple):
                rest.extend(reversed(self._within(*part)))
            else:
                found.append(part)
        return found

    def _within(self, element: _Element, start: int, end: int) -> list[_Part]:
        """An element's marks, and what stands between them."""
        if element.is_point:
            assert element.opened is not None and element.closed is not None
            return [range(element.opened, element.closed + 1)]
        parts: list[_Part] = [] if element.opened is None else [range(element.opened, element.opened + 1)]
        place = start
        for child, first, last in self._children(element, start, end):
            parts += [*range(place, first), (child, first, last)]
            place = last
        parts += range(place, end)
        return parts if element.closed is None else [*parts, range(element.closed, element.closed + 1)]

    def _children(self, element: _Element, start: int, end: int) -> list[tuple[_Element, int, int]]:
        """The children of an element that has some target words, with theirs, in order of the translation."""
        children = element.children
        if (
            len(children) == 1
            and not children[0].is_point
            and (children[0].first, children[0].last) == (element.first, element.last)
        ):
            return [(children[0], start, end)]
        order: list[tuple[int, int, int, _Element, int]] = []
        first, last = start, end
        inner = [child for child in children if not child.is_point]
        if inner and inner[0].opened is None:
            left = inner.pop(0)
            first = self._cut(left.last, range(first, last + 1))
            order.append((start, -1, 0, left, first))
        if inner and inner[-1].closed is None:
            right = inner.pop()
            last = self._cut(right.first, range(first, last + 1))
            order.append((last, 2, 0, right, end))
        spans = self._divide(inner, first, last)
        inside = {place for begin, stop in spans if begin >= 0 for place in range(begin + 1, stop)}
        gaps = [place for place in range(first, last + 1) if place not in inside]
        for index, (child, (begin, stop)) in enumerate(zip(inner, spans, strict=True)):
            if begin < 0:
                begin = stop = self._cut(child.first, gaps)
            order.append((begin, int(stop > begin), child.opened or index, child, stop))
        for child in children:
            if child.is_point:
                place = self._cut(child.first, gaps)
                order.append((place, 0, child.opened or 0, child, place))
        order.sort(key=lambda each: each[:3])
        return [(child, begin, stop) for begin, _, _, child, stop in order]

    def _cut(self, before: int, places: Sequence[int]) -> int:
        """The place that parts best the target words of the first source words from those of the others."""
        if len(places) == 1:
            return places[0]
        signs = 2 * self._sums[before] - self._sums[-1]
        sums = np.concatenate([[0], signs.cumsum()])
        return places[int(sums[np.array(places)].argmax())]

    def _divide(self, elements: Sequence[_Element], start: int, end: int) -> list[Span]:
        """Divide target words among elements that are siblings; (-1, -1) for an element for which none is left."""
        shares = [(self._sums[each.last] - self._sums[each.first])[start:end].tolist() for each in elements]
        owners = [-1] * (end - start)
        most = [0.0] * (end - start)
        for index, row in enumerate(shares):
            for place, share in enumerate(row):
                if share > most[place]:
                    owners[place], most[place] = index, share
        owned = set(owners)
        # Half of a word's attention to all words: that a word looks at none speaks neither for nor against an element.
        halves = (self._sums[-1] / 2)[start:end].tolist()
        return [
            _best_span(
                [share - half for share, half in zip(row, halves, strict=True)],
                [owner in (-1, index) for owner in owners],
                start,
            )
            if index in owned
            else (-1, -1)
            for index, row in enumerate(shares)
        ]


def _best_span(values: Sequence[float], free: Sequence[bool], offset: int) -> Span:
    """The span of the largest sum, of at least one value, of those that are free."""
    best, found = float("-inf"), (-1, -1)
    total, begin = 0.0, 0
    for place, value in enumerate(values):
        if not free[place]:
            total, begin = 0.0, place + 1
            continue
        if total <= 0:
            total, begin = 0.0, place
        total += value
        if total > best:
            best, found = total, (offset + begin, offset + place + 1)
    return found


def _write(
    translated: str,
    words: Sequence[Span],
    parts: Sequence[int | range],
    text: str,
    marks: Sequence[Mark],
    escape: Callable[[str], str],
) -> str:
    written: list[str] = []
    between: list[Mark] = []
    end = 0
    for part in parts:
        if isinstance(part, range):
            between += marks[part.start : part.stop]
            continue
        start, stop = words[part]
        written += [*_gap(between, escape(translated[end:start]), text, end == 0), escape(translated[start:stop])]
        between, end = [], stop
    return "".join([*written, *_gap(between, escape(translated[end:]), text, end == 0, is_last=True)])


def _gap(marks: Sequence[Mark], space: str, text: str, is_first: bool, is_last: bool = False) -> list[str]:
    """Marks between two words, with the white space there where the source has it."""
    if not marks:
        return [space]
    singles = [index for index, mark in enumerate(marks) if mark.kind is Kind.SINGLE]
    if not singles:
        # The space follows end tags, and comes before all others.
        index = next((index for index, mark in enumerate(marks) if _is_spaced_left(mark, text)), len(marks))
        return [*(mark.source for mark in marks[:index]), space, *(mark.source for mark in marks[index:])]
    # Each single counts as a word: there is space on both of its sides, as in the source.
    found: list[str] = []
    place, right = 0, ""
    for index in singles:
        left, following = _spaces(marks[index], text, bool(space), is_first and index == singles[0], is_last)
        found += [*_gap(marks[place:index], right or left, text, False), marks[index].source]
        place, right = index + 1, following
    return [*found, *_gap(marks[place:], "" if is_last else right, text, False)]


def _is_spaced_left(mark: Mark, text: str) -> bool:
    left, right = _around(mark, text)
    if left.isspace() == right.isspace():
        return mark.kind is not Kind.CLOSE
    return left.isspace()


def _spaces(mark: Mark, text: str, is_spaced: bool, is_first: bool, is_last: bool) -> tuple[str, str]:
    """White space before and after a single, in a gap of the translation that has some or not."""
    before, after = _around(mark, text)
    if is_first or is_last:
        is_spaced = before.isspace() or after.isspace()
    left = before.isspace() or (is_spaced and not is_word(before))
    right = after.isspace() or (is_spaced and not is_word(after))
    return " " if left and not is_first else "", " " if right else ""


def _around(mark: Mark, text: str) -> tuple[str, str]:
    """The characters of the source before and after a mark; its ends count as punctuation."""
    return text[mark.place - 1 : mark.place] or ".", text[mark.place : mark.place + 1] or "."
