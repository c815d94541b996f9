"""Finds columns that hold numbers, dates or identifiers where text is expected."""

import re
from collections import Counter
from collections.abc import Sequence

from edge.errors import UserError
from pipelines.data.columns import Columns

# "Nearly all" of the lines.
_SHARE = 0.9

_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")


def is_number(text: str) -> bool:
    """Whether a text is a number, a date or an identifier: it has digits, and no more letters than digits.

    Args:
        text: for example `1000`, `1,000.5`, `2026-11-27`, `12 Nov 2026` or `T1001`.
    """
    if not (digits := len(_DIGIT.findall(text))):
        return False
    # Nearly every sentence has such a word, and it is found sooner than letters are counted.
    if any(len(word) > digits and word.isalpha() for word in text.split()):
        return False
    return len(_LETTER.findall(text)) <= digits


class NumberCheck:
    """Counts numbers in the chosen columns of one file.

    Args:
        columns: those chosen; None if it is left to the product, which takes the first two.
    """

    def __init__(self, columns: Columns | None):
        self._given = columns is not None
        self._columns = columns or Columns()
        self._lines = 0
        self._numbers: Counter[int] = Counter()
        self._examples: dict[int, str] = {}
        # How often a column holds text in a line in which a chosen one holds a number.
        self._looked_at = 0
        self._texts: Counter[int] = Counter()

    def add(self, row: Sequence[str]) -> None:
        """Counts one line.

        Args:
            row: all its columns.
        """
        self._lines += 1
        found = [each for each in (self._columns.source, self._columns.target) if is_number(row[each - 1])]
        for column in found:
            self._numbers[column] += 1
            self._examples.setdefault(column, row[column - 1])
        if found:
            self._looked_at += 1
            self._texts.update(number for number, text in enumerate(row, 1) if text and not is_number(text))

    def check(self, name: str) -> None:
        """Refuses numbers where there is text to choose.

        Numbers are accepted if the columns were chosen and no other column holds text: they are what is learned.

        Args:
            name: the file.

        Raises:
            UserError: a chosen column is nearly all numbers.
        """
        sides = (("source", self._columns.source), ("target", self._columns.target))
        wrong = [(side, each) for side, each in sides if self._numbers[each] > _SHARE * self._lines]
        if not wrong:
            return
        texts = [column for column, count in sorted(self._texts.items()) if count > _SHARE * self._looked_at]
        others = set(texts) - {self._columns.source, self._columns.target, *self._columns.features}
        if self._given and not others:
            return
        side, column = wrong[0]
        advice = f"choose the columns of text with --columns, such as --columns {_best(texts)}"
        if not others:
            advice = f"choose the columns of text with --columns; if numbers are meant: --columns {self._columns}"
        example = self._examples[column][:40]
        raise UserError(f"{name}: column {column}, the {side}, is nearly all numbers (such as {example}); {advice}")


def _best(texts: Sequence[int]) -> str:
    return f"{texts[0]}:{texts[1]}" if len(texts) > 1 else "S:T"
