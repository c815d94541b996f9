"""Stand-ins: what the model reads and writes in place of spans that are not translated."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge.search.constraints import SPACE
from edge.spans import RESERVED, Span, find_spans
from edge.tokenizer import UNK, Tokenizer
from edge.unspaced import is_unspaced
from edge.word_units import is_word

_DIGITS = tuple("78965432")
# Spans of a sentence that are carried over at most; training has as many symbols.
SYMBOLS = RESERVED[:8]
# Symbols that are UNK have the order of their source, unless another one of that few is more probable by this factor,
# as a logarithm.
_MOST_PERMUTED, _IN_ORDER = 5, 2.0
# What is written for UNK that stands for nothing.
_NONE = RESERVED[-1]


class Carried(NamedTuple):
    """A span that is carried over.

    Attributes:
        stand_in: what stands for it, one character.
        text: the span.
        place: of the stand-in in the masked text.
    """

    stand_in: str
    text: str
    place: int


class StandIns:
    """Replaces spans of a text by stand-ins, each by another one.

    A model that was trained with reserved symbols has them as stand-ins. Other models know how to copy digits, or, if
    digits are unknown to them, UNK: then the symbols are UNK, and attention tells which one of them an UNK is.

    Args:
        source, target: the tokenizers.

    Attributes:
        is_reserved: whether the model knows the symbols.
    """

    def __init__(self, source: Tokenizer, target: Tokenizer):
        both = [source, target]
        known = [each for each in SYMBOLS if all(side.ids([each]) != [UNK] for side in both)]
        digits = [each for each in _DIGITS if all(UNK not in side.encode(each) for side in both)]
        self.is_reserved = bool(known)
        self._has_digits = bool(digits) and not known
        self._are_unknown = not known and not digits
        self._all = known or digits or list(SYMBOLS)
        self._target = target
        self._tokens: dict[str, frozenset[int]] = {}

    def mask(self, text: str, spans: Sequence[Span]) -> tuple[str, tuple[Carried, ...]]:
        """Return a text with stand-ins, as many as there are, and what they stand for; spans that touch have one."""
        free = self._all
        if self._has_digits:
            # A number that is left to the model is no stand-in.
            covered = {place for span in spans for place in range(span.start, span.end)}
            left = {text[place] for place in range(len(text)) if place not in covered}
            free = [each for each in self._all if each not in left]
        masked, end = "", 0
        carried: list[Carried] = []
        for stand_in, (first, last) in zip(free, _touching(spans), strict=False):
            masked += text[end:first]
            carried.append(Carried(stand_in, text[first:last], len(masked)))
            masked += stand_in
            end = last
        return masked + text[end:], tuple(carried)

    def phrase(self, carried: Carried) -> tuple[int, ...]:
        """Return the target tokens of a stand-in."""
        if self._has_digits:
            ids = self._target.encode(carried.stand_in)[:-1]
            # A space is a token of all words.
            return tuple(ids[self._target.tokens(ids[:1]) == [SPACE] :])
        return tuple(self._target.ids([carried.stand_in]))

    def unknown(self, carried: Sequence[Carried]) -> int:
        """Return how many UNK tokens these stand-ins are."""
        return len(carried) if self._are_unknown else 0

    def single(self, carried: Sequence[Carried], unknown: int) -> frozenset[int]:
        """Return the target tokens that a translation has for these stand-ins, and no further time.

        Args:
            carried: of the source.
            unknown: number of UNK in the source.
        """
        if self._are_unknown:
            return frozenset([UNK] if unknown <= len(carried) else [])
        stand_ins = [each.stand_in for each in carried] if self._has_digits else self._all
        for each in stand_ins:
            if each not in self._tokens:
                spellings = enumerate(self._target.spellings)
                self._tokens[each] = frozenset(token for token, spelling in spellings if each in spelling)
        return frozenset[int]().union(*(self._tokens[each] for each in stand_ins))

    def read(
        self,
        carried: Sequence[Carried],
        unknown: int,
        tokens: Sequence[int],
        surfaces: Sequence[str] = (),
        attention: np.ndarray | None = None,
    ) -> tuple[str, list[str]]:
        """Return the text of a translation and its tokens, both with stand-ins.

        Args:
            carried: of the source.
            unknown: number of UNK in the source.
            tokens: of the translation.
            surfaces: tokens of the source, without EOS.
            attention: `(target tokens, source tokens)`. Without it, stand-ins that are UNK have their source's order.
        """
        text, spelled = self._target.decode(tokens), self._target.tokens(tokens)
        if not carried or not self._are_unknown:
            return text, spelled
        places = [place for place, token in enumerate(tokens) if token == UNK]
        names = _assigned([each.stand_in for each in carried], places, surfaces, attention)
        mark = self._target.decode([UNK])
        known, *rest = text.split(mark)
        for place, behind in zip(places, rest, strict=True):
            name = names.get(place, _NONE if unknown <= len(carried) else mark)
            spelled[place] = name
            known += name + behind
        return known, spelled


def _touching(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Start and end of each span, or of several without anything between them."""
    found: list[tuple[int, int]] = []
    for span in spans:
        start = found.pop()[0] if found and found[-1][1] == span.start else span.start
        found.append((start, span.end))
    return found


def _assigned(
    stand_ins: Sequence[str], places: Sequence[int], surfaces: Sequence[str], attention: np.ndarray | None
) -> dict[int, str]:
    """Which stand-in each target token is, of those that may be any."""
    columns = [next((at for at, surface in enumerate(surfaces) if each in surface), None) for each in stand_ins]
    if attention is None or None in columns:
        return dict(zip(places, stand_ins, strict=False))
    weights = np.log(attention[np.ix_(places, [column for column in columns if column is not None])] + 1e-3)
    size = min(weights.shape)
    if size > _MOST_PERMUTED:
        return dict(zip(places, stand_ins, strict=False))
    rows = np.arange(size)
    # The first one is the order of the source: it is left for good reasons only.
    orders = list(itertools.permutations(range(len(stand_ins)), size))
    sums = np.array([weights[rows, list(order)].sum() for order in orders])
    sums[0] += _IN_ORDER
    return {places[row]: stand_ins[column] for row, column in enumerate(orders[int(sums.argmax())])}


def same_spans(source: str, translation: str) -> bool:
    """Return whether a translation has the spans of its source, and no others."""
    first, second = (
        Counter(text[span.start : span.end] for span in find_spans(text)) for text in (source, translation)
    )
    return first == second


def has_stand_ins(carried: Sequence[Carried], text: str) -> bool:
    """Return whether a translation has each stand-in once, as a word of its own, and no other symbols."""
    found = [text[place] for place in places(carried, text) if not _is_written_on(text, place)]
    return sorted(found) == sorted(each.stand_in for each in carried)


def places(carried: Sequence[Carried], text: str) -> list[int]:
    """Where a text has stand-ins; reserved symbols that are none count, too."""
    stand_ins = {each.stand_in for each in carried}
    digits = {place for place, character in enumerate(text) if "0" <= character <= "9"}
    return [
        place
        for place, character in enumerate(text)
        if character in RESERVED or (character in stand_ins and not {place - 1, place + 1} & digits)
    ]


def _is_written_on(text: str, place: int) -> bool:
    """Whether a stand-in has become part of a word, as a digit may: 7th."""
    return text[place] not in RESERVED and (continues(text[:place][-1:]) or continues(text[place + 1 : place + 2]))


def continues(character: str) -> bool:
    """Return whether a character belongs to the word beside it."""
    return bool(character) and is_word(character) and not is_unspaced(character)
