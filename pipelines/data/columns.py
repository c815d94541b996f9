"""Which columns of a file are source and target: `--columns S:T`."""

import re
from dataclasses import dataclass
from typing import Self

from edge.errors import UserError

_FORM = re.compile(r"([0-9]+(?:,[0-9]+)*):([0-9]+)", re.ASCII)


@dataclass(frozen=True)
class Columns:
    """The columns of a pair file, counted from 1.

    Attributes:
        source: the column of the source text.
        target: the column of the target text.
    """

    source: int = 1
    target: int = 2

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads the form of the option `--columns`, for example `2:4`.

        Raises:
            UserError: it is not of the form `S:T`, or names columns that cannot be used.
        """
        found = _FORM.fullmatch(text.strip())
        if not found:
            raise UserError(f"--columns {text}: is not of the form S:T, the columns of source and target, such as 2:4")
        sources, target = [int(column) for column in found[1].split(",")], int(found[2])
        if not all([*sources, target]):
            raise UserError(f"--columns {text}: columns are counted from 1; the first two are 1:2")
        if len(sources) > 1:
            raise UserError(
                f"--columns {text}: several source columns are not supported; name one, such as {sources[0]}:{target}"
            )
        if sources[0] == target:
            raise UserError(f"--columns {text}: source and target are the same column; name two, such as 1:2")
        return cls(sources[0], target)

    @property
    def swapped(self) -> Self:
        """With source and target exchanged."""
        return type(self)(self.target, self.source)

    @property
    def last(self) -> int:
        """Minimum number of columns of a line."""
        return max(self.source, self.target)

    def __str__(self) -> str:
        return f"{self.source}:{self.target}"
