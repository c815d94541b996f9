"""Lines of a data set that cannot be used, counted by kind."""

from collections import Counter
from dataclasses import dataclass, field

from pipelines.data.lines import MAX_LINE_BYTES

# Kinds that several forms of data sets have.
WITHOUT_TAB = "without a tab"
FEW_COLUMNS = "with too few columns"
BLANK = "blank"
TOO_LONG = f"over {MAX_LINE_BYTES // 1024} KiB"


@dataclass
class LineCounts:
    """How many lines were read, how many of them were not used, and how many were changed, by kind.

    Attributes:
        lines: number of lines.
        unused: number of unused ones, by kind.
        first: the first of them, `file:line`.
        changed: number of changed ones, by kind.
        noun: what a line stands for, in the plural.
    """

    lines: int = 0
    unused: Counter[str] = field(default_factory=Counter)
    first: str = ""
    changed: Counter[str] = field(default_factory=Counter)
    noun: str = "lines"

    def skip(self, kind: str, where: str) -> None:
        """Count one unused line.

        Args:
            kind: What is wrong with it, to be read after a number: "without a tab".
            where: `file:line`.
        """
        self.unused[kind] += 1
        self.first = self.first or where

    def summary(self) -> str:
        """Returns: one line: "12 of 1,200 lines unused: 7 without a tab, 5 with an empty side (first: a.tsv:3)"."""
        changed = f"; {listed_kinds(+self.changed)}" if self.changed.total() else ""
        if not self.unused:
            return f"{self.lines:,} {self.noun}, all used{changed}"
        kinds = listed_kinds(self.unused)
        return f"{self.unused.total():,} of {self.lines:,} {self.noun} unused: {kinds} (first: {self.first}){changed}"


def listed_kinds(kinds: Counter[str]) -> str:
    """Kinds and how often each occurs, in one line: "7 without a tab, 5 with an empty side"."""
    return ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common())
