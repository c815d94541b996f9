"""Pair files: UTF-8 text, `source<TAB>target` a line; further columns are ignored."""

import glob
import gzip
import os
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from edge.errors import UserError

# A line is held in memory whole, so a file without line breaks must not be read as one.
MAX_LINE_BYTES = 64 * 1024

WITHOUT_TAB = "without a tab"
BLANK = "blank"
EMPTY_SIDE = "with an empty side"
TOO_LONG = f"over {MAX_LINE_BYTES // 1024} KiB"

# Files that are named one by one.
_NAMED = 3

_BOM = b"\xef\xbb\xbf"
_SEPARATORS = str.maketrans("\t\n\r", "   ")

PathLike = str | os.PathLike[str]


class Pair(NamedTuple):
    """One sentence and its translation."""

    source: str
    target: str


@dataclass
class LineCounts:
    """How many lines were read, and how many of them were not used, by kind."""

    lines: int = 0
    unused: Counter[str] = field(default_factory=Counter)
    first: str = ""

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
        if not self.unused:
            return f"{self.lines:,} lines, all used"
        kinds = _listed(self.unused)
        return f"{self.unused.total():,} of {self.lines:,} lines unused: {kinds} (first: {self.first})"


class PairReader:
    """The pairs of one or more files, streamed; every iteration reads the files from the start.

    Lines that cannot be used are left out and counted in `counts`, which belongs to the latest iteration. The files of
    each pattern are a corpus.
    """

    def __init__(self, patterns: PathLike | Iterable[PathLike], *, reverse: bool = False) -> None:
        """Find the files; they are read when iterated over.

        Args:
            patterns: A file, a glob of shards (read in sorted order), or a list of those. `.gz` is decompressed.
            reverse: Swap source and target.

        Raises:
            UserError: A file is missing or a directory, or a glob matches nothing.
        """
        self.corpora = find_corpora(patterns)
        self.reverse = reverse
        self.counts = LineCounts()

    @property
    def paths(self) -> list[Path]:
        """All files, in order."""
        return [path for files in self.corpora for path in files]

    @property
    def name(self) -> str:
        """The files' names, for messages; of many shards the first."""
        first, *others = map(str, self.paths)
        return ", ".join([first, *others]) if len(others) < _NAMED else f"{first} and {len(others)} more files"

    def summary(self) -> str:
        """What the latest iteration could not use."""
        return self.counts.summary()

    def __iter__(self) -> Iterator[Pair]:
        """Yields: each usable pair.

        Raises:
            UserError: A file cannot be read, is not UTF-8, or has no usable line.
        """
        counts = self.counts = LineCounts()
        for path in self.paths:
            for source, target in _read_pairs(path, counts):
                yield Pair(target, source) if self.reverse else Pair(source, target)


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
        raise UserError("no pair file given: name a file, or a glob such as 'train-*.tsv'")
    return [_find(name) for name in names]


def _find(name: str) -> list[Path]:
    is_glob = glob.has_magic(name) and not os.path.exists(name)
    files = sorted(glob.glob(name, recursive=True)) if is_glob else [name]
    if not files:
        raise UserError(f"{name}: no file matches this pattern; check the path")
    for file in files:
        if os.path.isdir(file):
            raise UserError(f"{file}: is a directory; name a file, or a glob such as '{os.path.join(file, '*.tsv')}'")
        if not os.path.exists(file):
            raise UserError(f"{file}: no such file; check the path")
    return [Path(file) for file in files]


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """Open a file for reading, decompressing `.gz`; errors while reading it are turned into a UserError.

    Args:
        path: The file.

    Raises:
        UserError: It is missing, unreadable, or damaged.
    """
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as stream:
            yield stream  # type: ignore[misc]
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file; check the path") from error
    except gzip.BadGzipFile as error:
        raise UserError(f"{path}: not a gzip file, or a damaged one; compress or copy it again") from error
    except (EOFError, zlib.error) as error:
        raise UserError(f"{path}: the gzip data is damaged or cut short; copy or download it again") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error}); check the file") from error


def read_lines(stream: BinaryIO, name: str) -> Iterator[tuple[int, str | None]]:
    """Decode a stream line by line. A BOM at the start and CR at line ends are removed.

    Args:
        stream: The bytes.
        name: What to call the file in errors.

    Yields:
        The line's number, from 1, and its text, or None where the line is longer than `MAX_LINE_BYTES`.

    Raises:
        UserError: A line is not valid UTF-8.
    """
    number = 1
    while True:
        raw = stream.readline(MAX_LINE_BYTES)
        is_cut = len(raw) == MAX_LINE_BYTES and not raw.endswith(b"\n")
        if number == 1:
            raw = raw.removeprefix(_BOM)
        if not raw:
            return
        if is_cut:
            while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        else:
            try:
                yield number, raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                byte = f"byte 0x{raw[error.start]:02x} at position {error.start + 1}"
                raise UserError(f"{name}:{number}: not valid UTF-8 ({byte}); convert the file to UTF-8") from error
        number += 1


def read_columns(stream: BinaryIO, name: str, counts: LineCounts) -> Iterator[tuple[int, list[str]]]:
    """The lines that hold a pair, as columns without surrounding white space; the others are counted.

    Args:
        stream: The bytes.
        name: What to call the file in errors and counts.
        counts: Added to.

    Yields:
        The line's number, from 1, and two columns or more, the first two not empty.

    Raises:
        UserError: A line is not valid UTF-8, there is no line, or none holds a pair.
    """
    lines_before, unused_before = counts.lines, counts.unused.copy()
    for number, text in read_lines(stream, name):
        counts.lines += 1
        columns = [] if text is None else [column.strip() for column in text.split("\t")]
        if len(columns) >= 2 and columns[0] and columns[1]:
            yield number, columns
        else:
            counts.skip(_fault(text), f"{name}:{number}")
    lines, unused = counts.lines - lines_before, counts.unused - unused_before
    if not lines:
        raise UserError(f"{name}: the file is empty; a pair file is source<TAB>target, a pair a line")
    if unused[WITHOUT_TAB] + unused[BLANK] == lines:
        raise UserError(f"{name}: no line has a tab; a pair file is source<TAB>target, a pair a line")
    if unused.total() == lines:
        raise UserError(f"{name}: no line can be used ({_listed(unused)}); a pair file is source<TAB>target a line")


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


def _read_pairs(path: Path, counts: LineCounts) -> Iterator[tuple[str, str]]:
    with open_bytes(path) as stream:
        for _, columns in read_columns(stream, str(path), counts):
            yield columns[0], columns[1]


def _listed(kinds: Counter[str]) -> str:
    return ", ".join(f"{number:,} {kind}" for kind, number in kinds.most_common())


def _fault(text: str | None) -> str:
    if text is None:
        return TOO_LONG
    if "\t" in text:
        return EMPTY_SIDE
    return WITHOUT_TAB if text.strip() else BLANK
