"""The files of a data set, in one or more corpora."""

import os
from collections.abc import Iterable
from pathlib import Path

from edge.errors import UserError
from pipelines.data.files import PathLike, check_file, find_files, listed_files
from pipelines.data.line_counts import LineCounts


class CorporaFiles:
    """The files of a reader; the files of each pattern are a corpus.

    Attributes:
        corpora: the files of each corpus.
        counts: of the lines that the latest iteration read.
    """

    def __init__(self, patterns: PathLike | Iterable[PathLike]):
        """Find the files.

        Args:
            patterns: a file, a glob of shards (read in sorted order), or a list of those.

        Raises:
            UserError: a file is missing or no regular file, or a glob matches nothing.
        """
        self.corpora = find_corpora(patterns)
        self.counts = LineCounts()

    @property
    def paths(self) -> list[Path]:
        """All files, in order."""
        return [path for files in self.corpora for path in files]

    @property
    def name(self) -> str:
        """The files' names, for messages; of many shards the first."""
        return listed_files(self.paths)

    def summary(self) -> str:
        """What the latest iteration could not use."""
        return self.counts.summary()


def find_corpora(patterns: PathLike | Iterable[PathLike]) -> list[list[Path]]:
    """Expand file names and globs, in the order given, each glob sorted.

    Args:
        patterns: A file, a glob, or several of them.

    Returns:
        The existing files of each of them, at least one.

    Raises:
        UserError: Nothing was named, a file is missing or a directory, or a glob matches nothing.
    """
    names = [os.fspath(name) for name in ([patterns] if isinstance(patterns, str | os.PathLike) else patterns)]
    if not names:
        raise UserError("no file given: name a file, or a glob such as 'train-*.tsv'")
    return [_find(name) for name in names]


def _find(name: str) -> list[Path]:
    instead = f"name a file, or a glob such as '{os.path.join(name, '*.tsv')}'"
    return [check_file(file, instead) for file in find_files(name)]
