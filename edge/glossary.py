"""Terms and their translations, found in text as whole words."""

import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from edge.errors import UserError
from edge.lines import read_lines
from edge.unspaced import is_unspaced
from edge.word_units import is_word


class Word(NamedTuple):
    """A word, a character of a script without spaces, or a symbol.

    Attributes:
        key: its text without case, in the same Unicode form wherever it stands.
        start, end: its place in the text.
    """

    key: str
    start: int
    end: int


class Term(NamedTuple):
    """A term in a source text.

    Attributes:
        start, end: its place.
        target: its translation as the glossary has it, or in capital letters if the source is.
        capital: whether it begins with a capital letter because it begins the text, or where the glossary has none.
        leads: whether it is the text's first word.
    """

    start: int
    end: int
    target: str
    capital: bool = False
    leads: bool = False

    @property
    def held(self) -> str:
        """What a translation should contain."""
        return capitalized(self.target) if self.capital else self.target

    @property
    def is_cased(self) -> bool:
        """Whether it is written with its capital letters wherever it stands."""
        return self.held != self.held.lower() and not (self.capital and self.leads)


class Glossary:
    """Terms with their translations.

    Terms are compared without case, as whole words; of several that begin at one word the longest counts.

    Args:
        terms: source terms and their translations.
        name: of the glossary; that of its file, without the suffix, if it is read from one.

    Raises:
        UserError: a term or its translation has no visible characters.
    """

    def __init__(self, terms: Mapping[str, str] | None = None, name: str = ""):
        self.name = name
        self._terms = {source.strip(): target.strip() for source, target in (terms or {}).items()}
        # For each term, without case: its spellings with their translations.
        self._known: dict[tuple[str, ...], dict[str, str]] = {}
        for source, target in self._terms.items():
            key = words_of(source)
            if not key or not words_of(target):
                raise UserError(f"glossary: {source!r} with the translation {target!r} has no text on one side")
            self._known.setdefault(key, {})[source] = target
        self._longest = max(map(len, self._known), default=0)

    @classmethod
    def read(cls, path: str | os.PathLike[str] | None) -> "Glossary":
        """Read a file with a term, a tab and its translation per line; empty lines and those with # do not count.

        Args:
            path: the file; None for a glossary without terms.

        Raises:
            UserError: the file cannot be read, has no terms or one of them twice with different translations, or a
                line is not a term.
        """
        if path is None:
            return cls()
        terms: dict[str, str] = {}
        try:
            with open(path, "rb") as stream:
                for number, line in enumerate(read_lines(stream, str(path)), start=1):
                    if not line.strip() or line.startswith("#"):
                        continue
                    source, target = _term(line, f"{path}, line {number}")
                    if terms.setdefault(source, target) != target:
                        raise UserError(
                            f"{path}, line {number}: {source!r} has another translation above, {terms[source]!r}; "
                            "remove one of them"
                        )
        except OSError as error:
            raise UserError(f"{path}: cannot be read as a glossary ({error.strerror or error})") from error
        if not terms:
            raise UserError(f"{path}: has no terms; write a term, a tab and its translation per line")
        return cls(terms, Path(path).stem)

    def __bool__(self) -> bool:
        """Whether there are terms."""
        return bool(self._terms)

    def joined(self, further: "Glossary") -> "Glossary":
        """Return a glossary with further terms, which replace those that differ in case only."""
        kept = {source: target for source, target in self._terms.items() if words_of(source) not in further._known}
        return Glossary({**kept, **further._terms})

    def find(self, text: str) -> tuple[Term, ...]:
        """Return the terms of a text, from its start to its end; none overlap."""
        if not self._known:
            return ()
        words = split_words(text)
        keys = [word.key for word in words]
        first = next((place for place, word in enumerate(words) if is_word(text[word.start])), 0)
        found, place = [], 0
        while place < len(words):
            lengths = range(min(self._longest, len(words) - place), 0, -1)
            length = next((length for length in lengths if tuple(keys[place : place + length]) in self._known), 0)
            if length:
                start, end = words[place].start, words[place + length - 1].end
                spellings = self._known[tuple(keys[place : place + length])]
                found.append(_found(text[start:end], spellings, start, place <= first))
            place += length or 1
        return tuple(found)


def split_words(text: str) -> list[Word]:
    """Return the words of a text; white space separates them."""
    words: list[Word] = []
    start = None
    for place, character in enumerate(f"{text} "):
        inside = is_word(character) and not is_unspaced(character)
        if inside and start is None:
            start = place
        elif not inside:
            if start is not None:
                words.append(_word(text, start, place))
                start = None
            if not character.isspace():
                words.append(_word(text, place, place + 1))
    return words


def words_of(text: str) -> tuple[str, ...]:
    """Return the keys of a text's words."""
    return tuple(word.key for word in split_words(text))


def capitalized(text: str) -> str:
    """Return a text with a capital first letter, the rest as it is."""
    return text[:1].upper() + text[1:]


def _word(text: str, start: int, end: int) -> Word:
    return Word(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text[start:end]).casefold()), start, end)


def _term(line: str, name: str) -> tuple[str, str]:
    columns = [column.strip() for column in line.split("\t")]
    if len(columns) != 2 or not all(map(words_of, columns)):
        raise UserError(f"{name}: {line[:40]!r} is not a term, a tab and its translation; correct or remove the line")
    return columns[0], columns[1]


def _found(text: str, spellings: Mapping[str, str], start: int, leads: bool) -> Term:
    """A term as it stands in a text, with the case of its translation."""
    source = text if text in spellings else next(iter(spellings))
    target, is_capital = spellings[source], text[:1] != text[:1].lower()
    if text.isupper() and not source.isupper() and sum(map(str.isupper, text)) > 1:
        return Term(start, start + len(text), target.upper(), leads=leads)
    # A translation such as `iPhone` is written like that everywhere.
    is_name = target != target.lower()
    capital = is_capital and not is_name and (leads or source[:1] == source[:1].lower())
    return Term(start, start + len(text), target, capital, leads)
