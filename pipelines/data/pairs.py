"""Pair files: text, one pair per line, its columns separated by tabs; two of the columns are source and target."""

import gzip
import itertools
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NamedTuple

from edge.errors import UserError
from edge.features import COLUMN, split_features
from pipelines.data.anki import AnkiExport
from pipelines.data.columns import Columns
from pipelines.data.corpora_files import CorporaFiles
from pipelines.data.files import PathLike, open_bytes, shown
from pipelines.data.line_counts import BLANK, FEW_COLUMNS, TOO_LONG, WITHOUT_TAB, LineCounts, listed_kinds
from pipelines.data.lines import read_lines
from pipelines.data.numbers import NumberCheck

EMPTY_SIDE = "with an empty side"
WITHOUT_FEATURES = "without features"

_SEPARATORS = str.maketrans("\t\n\r", "   ")


class Pair(NamedTuple):
    """One sentence and its translation.

    Attributes:
        source: The sentence; where there are features, with them behind it, as `edge.features` has it.
        target: Its translation.
    """

    source: str
    target: str

    @property
    def row(self) -> tuple[str, ...]:
        """The columns of a line, as `Columns.written` has them."""
        text, *features = self.source.split(COLUMN)
        return text, self.target, *features


@dataclass(frozen=True)
class PairFiles:
    """Pair files with columns of their own, beside files with others.

    Attributes:
        pattern: A file or a glob.
        columns: Which columns are source and target.
    """

    pattern: PathLike
    columns: Columns


Patterns = PathLike | PairFiles | Iterable[PathLike | PairFiles]


class PairReader(CorporaFiles):
    """The pairs of one or more files, streamed; every iteration reads the files from the start.

    Lines that cannot be used are skipped and counted in `counts`, which belongs to the latest iteration. The files of
    each pattern are a corpus.
    """

    def __init__(self, patterns: Patterns, columns: Columns | None = None) -> None:
        """Find the files; they are read when iterated over.

        Args:
            patterns: A file, a glob of shards (read in sorted order), or a list of those. Files compressed by gzip,
                bzip2 or xz are decompressed.
            columns: Which columns are source and target, if they were chosen; else the first two. `PairFiles` have
                their own.

        Raises:
            UserError: A file is missing or no regular file, or a glob matches nothing.
        """
        named = [patterns] if isinstance(patterns, str | os.PathLike | PairFiles) else list(patterns)
        super().__init__([each.pattern if isinstance(each, PairFiles) else each for each in named])
        self._chosen = [each.columns if isinstance(each, PairFiles) else columns for each in named]

    @property
    def columns(self) -> list[Columns]:
        """The columns of source and target, of each corpus."""
        return [columns or Columns() for columns in self._chosen]

    def __iter__(self) -> Iterator[Pair]:
        """Yields: each usable pair.

        Raises:
            UserError: A file cannot be read, is not UTF-8, has no usable line, or has numbers for sentences.
        """
        counts = self.counts = LineCounts()
        for files, columns, chosen in zip(self.corpora, self.columns, self._chosen, strict=True):
            for path in files:
                numbers = NumberCheck(chosen)
                for row in read_rows(path, columns, counts):
                    numbers.add(row)
                    yield _pair(row, columns)
                numbers.check(shown(path))


def read_pairs(path: Path, columns: Columns) -> Iterator[Pair]:
    """The pairs of one file, without counting what cannot be used.

    Raises:
        UserError: As for iterating over a `PairReader`, but for numbers.
    """
    for row in read_rows(path, columns, LineCounts()):
        yield _pair(row, columns)


def read_rows(path: Path, columns: Columns, counts: LineCounts) -> Iterator[list[str]]:
    """The lines of one file that hold a pair, as all their columns.

    Args:
        path: The file.
        columns: Those of source and target, which must not be empty, and of features.
        counts: Added to.

    Raises:
        UserError: As for iterating over a `PairReader`, but for numbers.
    """
    with open_bytes(path) as stream:
        for _, row in read_columns(stream, shown(path), counts, columns):
            yield row


def read_columns(
    stream: IO[bytes], name: str, counts: LineCounts, columns: Columns | None = None
) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold a pair, as columns without surrounding white space; the others are counted.

    Args:
        stream: The bytes.
        name: What to call the file in errors and counts.
        counts: Added to.
        columns: Those of source and target, which must not be empty, and of features; the first two if not given.

    Yields:
        The line's number, from 1, and all its columns.

    Raises:
        UserError: A line is not valid UTF-8, there is no line, or none holds a pair.
    """
    columns = columns or Columns()
    lines_before, unused_before = counts.lines, counts.unused.copy()
    for number, row in _rows(read_lines(stream, name), counts):
        counts.lines += 1
        if row is None:
            counts.skip(TOO_LONG, f"{name}:{number}")
        elif fault := _fault(row, columns):
            counts.skip(fault, f"{name}:{number}")
        else:
            yield number, row
    lines, unused = counts.lines - lines_before, counts.unused - unused_before
    form = "a pair file has one pair per line: source<TAB>target"
    if not lines:
        raise UserError(f"{name}: the file is empty; {form}")
    if unused[WITHOUT_TAB] + unused[BLANK] == lines:
        raise UserError(f"{name}: no line has a tab; {form}")
    if unused.total() != lines:
        return
    advice = form if columns.last == 2 else f"--columns {columns} needs {columns.last} columns in each line"
    raise UserError(f"{name}: no line can be used ({listed_kinds(unused)}); {advice}")


def write_pairs(path: PathLike, rows: Iterable[Sequence[str]]) -> int:
    """Write a pair file under a temporary name, then rename it: it is there whole or not at all.

    A tab or line break inside a text is written as a space: the format cannot hold one.

    Args:
        path: The file; a name ending in `.gz` is compressed.
        rows: Source, target and any further columns of each line.

    Returns:
        The number of lines written.

    Raises:
        UserError: The file cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    number = 0
    try:
        opener = gzip.open if path.suffix.lower() == ".gz" else open
        with opener(temporary, "wt", encoding="utf-8", newline="\n") as stream:
            for row in rows:
                stream.write("\t".join(column.translate(_SEPARATORS) for column in row) + "\n")
                number += 1
        os.replace(temporary, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror or error}); check the directory") from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return number


def normalise(text: str) -> str:
    """Reduce a sentence to its letters and digits without case: equal results count as the same sentence.

    Args:
        text: A sentence.

    Returns:
        Letters and digits, without spaces: "It's" and "its" are equal. Empty where there are none.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"[\W_]+", "", folded)


def _rows(lines: Iterator[tuple[int, str | None]], counts: LineCounts) -> Iterator[tuple[int, list[str] | None]]:
    """Lines as columns; None for a line that is too long."""
    first = next(lines, None)
    if first is None:
        return
    if not AnkiExport.is_header(first[1]):
        for number, text in itertools.chain([first], lines):
            yield number, None if text is None else [column.strip() for column in text.split("\t")]
        return
    export = AnkiExport()
    for number, text in itertools.chain([first], lines):
        if text is None or not export.is_header(text):
            yield from export.rows(itertools.chain([(number, text)], lines))
            break
        export.header(text)
    counts.changed += export.counts


def _pair(row: Sequence[str], columns: Columns) -> Pair:
    source = COLUMN.join(row[column - 1] for column in (columns.source, *columns.features))
    return Pair(source, row[columns.target - 1])


def _fault(row: list[str], columns: Columns) -> str:
    """Return why a line cannot be used; an empty text if it can."""
    if len(row) == 1:
        return WITHOUT_TAB if row[0] else BLANK
    if len(row) < columns.last:
        return FEW_COLUMNS
    if not row[columns.source - 1] or not row[columns.target - 1]:
        return EMPTY_SIDE
    # Of several columns of features some may be empty.
    return WITHOUT_FEATURES if columns.features and not split_features(_pair(row, columns).source)[1] else ""
