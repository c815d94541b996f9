"""Words with characters that the vocabulary does not know, copied into a translation by word alignment."""

import itertools
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from edge.reader import Segment
from edge.search.constraints import SPACE
from edge.tokenizer import UNK, Tokenizer
from edge.translation import Translation
from edge.word_units import Span, is_word, token_spans, unit_attention, word_units

_END = "</s>"
# Mean log probability of the rest of a word from which on the model is sure of it.
_SURE = float(np.log(0.5))


class _Item(NamedTuple):
    """A token of a translation, or what is copied.

    Attributes:
        text: as a token; a space is `▁`.
        id: of a token that the model wrote; None for what is copied.
        score: log probability.
        attention: to the source tokens; None without attention.
    """

    text: str
    id: int | None
    score: float
    attention: np.ndarray | None

    @property
    def is_part_of_word(self) -> bool:
        """Whether it has letters or numbers, or unknown characters, and nothing else but a space before them."""
        return self.id == UNK or all(map(is_word, self.text.removeprefix(SPACE)))


class _Unit(NamedTuple):
    """A word of the source, or a symbol.

    Attributes:
        text: as it is in the source.
        unknown: its unknown characters, token by token.
        is_known: whether some of its letters are known.
        is_strange: whether the model has hardly learned it: a word without known letters, or a name that would have
            unknown letters in lower case, too.
    """

    text: str
    unknown: tuple[str, ...]
    is_known: bool
    is_strange: bool

    @property
    def is_word(self) -> bool:
        """Whether it has letters or numbers."""
        return any(map(is_word, self.text))

    @property
    def is_punctuation(self) -> bool:
        """Whether there is nothing else in it."""
        return all(unicodedata.category(character)[0] == "P" for character in self.text)


def copy_unknown(segment: Segment, translation: Translation, source: Tokenizer, target: Tokenizer) -> Translation:
    """Return a translation with the source's words in place of its UNK tokens, and with all that the source has.

    - An UNK token becomes the source word that it attends to most, first of all one with unknown characters; so does
      the rest of its word, unless the model is sure of it and both words have as many UNK tokens: then characters are
      copied. An UNK token that no source word is left for is removed.
    - A source word that the model has hardly learned, because no letter is known or it is a name, replaces the target
      word that attends to it most; but not a name in the middle of the sentence.
    - Any other source word with unknown characters, if no target word attends to it most, is inserted where the words
      before it and those after it are parted best. Punctuation is not.

    Terms of a glossary and stand-ins of spans are not copied. Without attention, UNK tokens are aligned by
    position, and there is nothing else.

    Args:
        segment: the source.
        translation: of the segment; its tokens and their attention follow what is copied.
        source, target: tokenizers.
    """
    return _Copy(segment, translation, source, target).translation()


class _Copy:
    """Arguments as for `copy_unknown`."""

    def __init__(self, segment: Segment, translation: Translation, source: Tokenizer, target: Tokenizer):
        self._translation, self._target = translation, target
        # What UTF-8 cannot express is a question mark, as for the tokenizer.
        text = segment.text.encode("utf-8", "replace").decode("utf-8")
        spans = token_spans(text, source.surfaces(text)[: len(segment.tokens) - 1])
        kept = [(term.start, term.end) for term in segment.terms]
        kept += [(each.place, each.place + 1) for each in segment.carried]
        words = word_units(text, spans)
        self._units = [_unit(text, word, [*zip(spans, segment.tokens, strict=False)], kept, source) for word in words]
        # The source tokens of each unit.
        self._inside = [[place for place, span in enumerate(spans) if _overlap(span, word)] for word in words]
        written, attention = translation.target_tokens, translation.attention
        rows = [None] * len(written) if attention is None else [*attention]
        unknown = (*target.tokens([UNK]), target.decode([UNK]))
        items = [
            # What stands in for a span is no token of the vocabulary.
            _Item(text, UNK if text in unknown else None if token == UNK else token, score, row)
            for text, token, score, row in zip(
                written, target.ids(written), translation.token_scores, rows, strict=True
            )
        ]
        end = len(items) - (written[-1:] == [_END])
        tokens = [(place, place + 1) for place in range(end)]

        def weigh(units: Sequence[Span]) -> np.ndarray:
            return unit_attention(None if attention is None else attention[:end], (spans, words), (tokens, units))

        self._rest = items[end:]
        self._groups = self._grouped(items[:end], weigh(tokens))
        places = np.cumsum([0, *map(len, self._groups)]).tolist()
        # Of each target word to each source word.
        self._weights = weigh([*itertools.pairwise(places)])

    def _grouped(self, items: Sequence[_Item], weights: np.ndarray) -> list[list[_Item]]:
        """Words: letters and UNK tokens without a space between them. Every other token is one by itself.

        So is an UNK token for a symbol.
        """
        unknown = np.array([bool(unit.unknown) for unit in self._units], bool)
        groups: list[list[_Item]] = []
        is_going = False
        for item, row in zip(items, weights, strict=True):
            is_symbol = item.id == UNK and unknown.any() and not self._units[int((row * unknown).argmax())].is_word
            if is_going and item.is_part_of_word and item.text[:1] != SPACE and not is_symbol:
                groups[-1].append(item)
            else:
                groups.append([item])
            is_going = item.is_part_of_word and not is_symbol
        return groups

    def translation(self) -> Translation:
        """Return the translation with what is copied."""
        chosen = self._chosen()
        groups = [
            self._copied(group, chosen[place]) if place in chosen else _known(group)
            for place, group in enumerate(self._groups)
        ]
        if self._translation.attention is not None:
            used = {*chosen.values()}
            # From the end, so that places stay what they are.
            found = [(self._gap(index), index) for index in range(len(self._units)) if self._is_lost(index, used)]
            for place, index in sorted(found, reverse=True):
                groups.insert(place, [self._inserted(index)])
        items = [item for group in groups for item in group]
        everything = [*items, *self._rest]
        return replace(
            self._translation,
            text=self._text(items),
            target_tokens=[item.text for item in everything],
            token_scores=[item.score for item in everything],
            attention=None if self._translation.attention is None else _stacked(everything, self._translation),
        )

    def _chosen(self) -> dict[int, int]:
        """The source words to copy, by the target words in whose places they come."""
        if not self._weights.size:
            return {}
        unknown = [index for index, unit in enumerate(self._units) if unit.unknown]
        gaps = [place for place, group in enumerate(self._groups) if any(item.id == UNK for item in group)]
        chosen: dict[int, int] = {}

        def choose(places: Sequence[int], indices: Sequence[int]) -> None:
            pairs = sorted(itertools.product(places, indices), key=lambda pair: -float(self._weights[pair]))
            for place, index in pairs:
                if place not in chosen and index not in chosen.values() and self._weights[place, index] > 0:
                    chosen[place] = index

        choose(gaps, unknown)
        # Other words only if they are not translated elsewhere.
        translated = self._weights.argmax(axis=1)[[place not in gaps for place in range(len(self._groups))]]
        choose(gaps, [index for index in range(len(self._units)) if index not in unknown and index not in translated])
        if self._translation.attention is not None:
            strange = [index for index in unknown if self._units[index].is_strange and not self._is_written(index)]
            for index in strange:
                choose([place for place in self._aligned(index) if self._is_replaceable(place, index)], [index])
        return chosen

    def _aligned(self, index: int) -> list[int]:
        """The target words that attend to a source word most."""
        return [place for place, row in enumerate(self._weights) if row.argmax() == index]

    def _is_replaceable(self, place: int, index: int) -> bool:
        """Whether a target word may have been meant for a source word that the model has hardly learned."""
        text = _spelled(self._groups[place])
        has_letters, wanted = (any(map(str.isalpha, each)) for each in (text, self._units[index].text))
        is_whole = place == 0 or text[:1] == SPACE
        following = [group[0] for group in self._groups[place + 1 : place + 3]]
        if len(following) == 2 and all(item.text[:1] != SPACE for item in following) and following[1].is_part_of_word:
            # `I'm` and the like.
            return False
        return is_whole and has_letters == wanted and not self._is_name(place, index)

    def _is_name(self, place: int, index: int) -> bool:
        """Whether a target word may be the translation of a name."""
        return bool(place) and self._units[index].is_known and _spelled(self._groups[place]).lstrip(SPACE)[:1].isupper()

    def _copied(self, group: Sequence[_Item], index: int) -> list[_Item]:
        """A target word with a source word in its place, or with its unknown characters."""
        unit = self._units[index]
        unknown = [item for item in group if item.id == UNK]
        # A source word that begins with an unknown character begins with the UNK token: what is before is another word.
        before = _before(group) if unit.unknown and unit.text.startswith(unit.unknown[0]) else []
        rest = [item.score for item in group[len(before) :] if item.id != UNK and item.text != SPACE]
        space = SPACE if before else ""
        is_sure = sum(rest) >= _SURE * len(rest) if rest else not unit.is_known
        is_sure &= len(unknown) == len(unit.unknown)
        if unknown and (is_sure or not unit.is_word):
            first, *further = unit.unknown or (unit.text,)
            copies = iter([space + first, *further])
            copied = (item._replace(text=next(copies, ""), id=None) if item.id == UNK else item for item in group)
            return [item for item in copied if item.text]
        if not before and group[0].text[:1] == SPACE:
            space = SPACE
        copy = unknown[0] if unknown else group[0]
        return [*before, copy._replace(text=space + unit.text, id=None)]

    def _is_written(self, index: int) -> bool:
        return self._units[index].text.casefold() in self._translation.text.casefold()

    def _is_lost(self, index: int, used: Collection[int]) -> bool:
        """Whether a source word has unknown characters, and is not in the translation in any way."""
        unit = self._units[index]
        if not unit.unknown or index in used or unit.is_punctuation or self._is_written(index):
            return False
        own = self._aligned(index)
        if unit.is_strange:
            return not any(self._is_name(place, index) for place in own)
        return not any(self._groups[place][0].is_part_of_word or not unit.is_word for place in own)

    def _gap(self, index: int) -> int:
        """The place between the target words whose source is before a source word and those whose source is after."""
        signs = self._weights[:, :index].sum(axis=1) - self._weights[:, index + 1 :].sum(axis=1)
        sums = np.concatenate([[0.0], signs.cumsum()])
        spaced = [group[0].text[:1] == SPACE for group in self._groups] + [True]
        # Before a space, or before punctuation that a space follows.
        places = [
            place
            for place, is_spaced in enumerate(spaced)
            if is_spaced or (spaced[place + 1] and not self._groups[place][0].is_part_of_word)
        ]
        return max(places, key=lambda place: float(sums[place]))

    def _inserted(self, index: int) -> _Item:
        assert self._translation.attention is not None
        attention = np.zeros(self._translation.attention.shape[1], np.float32)
        inside = [place for place in self._inside[index] if place < len(attention)]
        attention[inside] = 1 / max(1, len(inside))
        return _Item(SPACE + self._units[index].text, None, 0.0, attention)

    def _text(self, items: Sequence[_Item]) -> str:
        """The text of items; tokens of the model that follow each other are decoded at once."""
        text = ""
        for is_copied, group in itertools.groupby(items, key=lambda item: item.id is None):
            run = [*group]
            if is_copied:
                text += "".join(item.text for item in run).replace(SPACE, " ")
            else:
                space = " " if text and run[0].text[:1] == SPACE else ""
                text += space + self._target.decode([item.id for item in run if item.id is not None])
        return text.strip()


def _spelled(group: Sequence[_Item]) -> str:
    return "".join(item.text for item in group)


def _before(group: Sequence[_Item]) -> list[_Item]:
    """The tokens of a target word before its first UNK token, if they have letters: another word."""
    kept = [*itertools.takewhile(lambda item: item.id != UNK, group)]
    return kept if len(kept) < len(group) and any(item.text != SPACE for item in kept) else []


def _known(group: Sequence[_Item]) -> list[_Item]:
    """A target word for which no source word is left: all of it but if it has UNK tokens."""
    return _before(group) if any(item.id == UNK for item in group) else [*group]


def _unit(text: str, word: Span, tokens: Sequence[tuple[Span, int]], kept: Sequence[Span], source: Tokenizer) -> _Unit:
    start, end = word
    spelled = text[start:end]
    if any(_overlap(span, word) for span in kept):
        return _Unit(spelled, (), True, False)
    unknown = tuple(
        text[max(start, first) : min(end, last)]
        for (first, last), token in tokens
        if token == UNK and _overlap((first, last), word)
    )
    is_known = len("".join(unknown)) < sum(map(is_word, spelled))
    is_strange = bool(unknown) and UNK in source.encode(spelled.lower()) and (spelled[:1].isupper() or not is_known)
    return _Unit(spelled, unknown, is_known, is_strange)


def _stacked(items: Sequence[_Item], translation: Translation) -> np.ndarray:
    rows = [item.attention for item in items if item.attention is not None]
    assert translation.attention is not None
    return np.stack(rows) if rows else translation.attention[:0]


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
