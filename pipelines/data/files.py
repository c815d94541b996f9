"""Input files: regular files only, decompressed by content, with errors that name the file."""

import bz2
import codecs
import glob
import gzip
import io
import lzma
import os
import re
import stat
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from edge.errors import UserError

PathLike = str | os.PathLike[str]

# Byte order marks. That of UTF-32 begins with that of UTF-16, so it comes first.
ENCODINGS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}

_OPENERS: dict[re.Pattern[bytes], Callable[[IO[bytes]], Any]] = {
    re.compile(rb"\x1f\x8b\x08"): gzip.open,
    re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)"): bz2.open,
    re.compile(rb"\xfd7zXZ\0"): lzma.open,
}

_UNPACK = "unpack it and name the text file inside"
_SAVE = "save it as UTF-8 text with a tab between columns"
_FORMATS = {
    b"PK\x03\x04": ("a zip archive", _UNPACK),
    b"PK\x05\x06": ("an empty zip archive", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _UNPACK),
    b"Rar!\x1a\x07": ("a rar archive", _UNPACK),
    b"\x28\xb5\x2f\xfd": ("compressed with zstd", "decompress it with: unzstd FILE"),
    b"\x04\x22\x4d\x18": ("compressed with lz4", "decompress it with: unlz4 FILE"),
    b"\x1f\x9d": ("compressed with compress", "decompress it with: gunzip FILE"),
    b"LZIP": ("compressed with lzip", "decompress it with: lzip -d FILE"),
    b"%PDF-": ("a PDF document", _SAVE),
    b"\xd0\xcf\x11\xe0": ("an office document", _SAVE),
    b"PAR1": ("a Parquet file", _SAVE),
    b"SQLite format 3\0": ("an SQLite database", _SAVE),
}
_TAR, _TAR_OFFSET = b"ustar", 257

# Number of bytes that are read to detect the type of a file.
_HEAD = 4096
# Compressed files inside compressed files.
_LEVELS = 3
# Control characters that text has, too: tab, line ends, form feed, end of a DOS file, escape.
_CONTROL = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a\x1b"))
_CONTROL_SHARE = 0.02

_KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)
_LONGEST_NAME = 120
# Files that are named one by one.
_NAMED = 3


def shown(path: PathLike) -> str:
    """A path for a message: on one line, not too long, and printable."""
    name = os.fspath(path)
    name = name if name.isprintable() else ascii(name)[1:-1]
    return name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}..."


def listed_files(paths: Sequence[Path]) -> str:
    """Names of files for a message; of many files the first, and how many there are."""
    first, *others = map(shown, paths)
    return ", ".join([first, *others]) if len(others) < _NAMED else f"{first} and {len(others)} more files"


def check_path(path: PathLike) -> os.stat_result:
    """Checks that a path can be used and exists.

    Raises:
        UserError: nothing is there, the name is not UTF-8 or too long, or a directory on the way is locked.
    """
    try:
        os.fspath(path).encode("utf-8")
        return os.stat(path)
    except UnicodeEncodeError as error:
        raise UserError(f"{shown(path)}: the name is not UTF-8; rename it") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise UserError(f"{shown(path)}: no such file; check the path") from error
    except ValueError as error:
        raise UserError(f"{shown(path)}: is no path ({error}); check the path") from error
    except OSError as error:
        raise UserError(f"{shown(path)}: cannot be read ({error.strerror or error}); check the path") from error


def check_file(path: PathLike, instead: str = "name a file") -> Path:
    """Checks that a path is a regular file, which can be read more than once.

    Args:
        path: the file.
        instead: what to do where it is a directory.

    Raises:
        UserError: it is a directory, a pipe, a socket or a device, or `check_path` refuses it.
    """
    mode = check_path(path).st_mode
    if stat.S_ISDIR(mode):
        raise UserError(f"{shown(path)}: is a directory; {instead}")
    for is_kind, kind in _KINDS:
        if is_kind(mode):
            raise UserError(
                f"{shown(path)}: is {kind}, which can be read only once; write the data to a regular file and name it"
            )
    return Path(path)


def check_directory(path: PathLike) -> list[str]:
    """The names in a directory, in order.

    Raises:
        UserError: it is none, or may not be read.
    """
    check_path(path)
    try:
        return sorted(os.listdir(path))
    except OSError as error:
        raise UserError(f"{shown(path)}: cannot be read ({error.strerror or error}); check the directory") from error


def find_files(pattern: PathLike) -> list[str]:
    """Expands a glob, sorted; a name that exists, or has no wildcard, is itself.

    Raises:
        UserError: nothing matches, or the directory may not be read.
    """
    name = os.fspath(pattern)
    if not glob.has_magic(name) or os.path.lexists(name):
        return [name]
    if files := sorted(glob.glob(name, recursive=True)):
        return files
    # A directory that may not be read has no matches either, and glob does not say why.
    parent = name
    while glob.has_magic(parent):
        parent = os.path.dirname(parent)
    check_directory(parent or os.curdir)
    raise UserError(f"{shown(name)}: no file matches this pattern; check the path")


def is_compressed(path: Path) -> bool:
    """Whether `open_bytes` decompresses the file."""
    with path.open("rb") as stream:
        return _opener(stream.read(_HEAD)) is not None


@contextmanager
def open_bytes(path: PathLike) -> Iterator[IO[bytes]]:
    """Opens a text file for reading; gzip, bzip2 and xz are decompressed, whatever the file is called.

    Args:
        path: The file.

    Raises:
        UserError: It is missing, unreadable, damaged, an archive or binary; also while it is read.
    """
    path = check_file(path)
    try:
        with ExitStack() as stack:
            stream = stack.enter_context(path.open("rb"))
            head = stream.peek(_HEAD)[:_HEAD]
            for _ in range(_LEVELS):
                if (opener := _opener(head)) is None:
                    break
                stream = stack.enter_context(io.BufferedReader(opener(stream), 1 << 16))
                head = stream.peek(_HEAD)[:_HEAD]
            _refuse_binary(head, path)
            yield stream
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
        raise _damaged(path) from error
    except OSError as error:
        # What bzip2 finds wrong with its data has no number.
        if error.errno is None:
            raise _damaged(path) from error
        raise UserError(f"{shown(path)}: cannot be read ({error.strerror or error}); check the file") from error


def read_text(path: PathLike) -> str:
    """Reads a small text file: UTF-8, or UTF-16 or UTF-32 with a byte order mark, which is not included in the text.

    Raises:
        UserError: as `open_bytes`; or it is not valid text.
    """
    with open_bytes(path) as stream:
        data = stream.read()
    encoding = encoding_of(data)
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        named = encoding.removesuffix("-sig").upper()
        byte = f"byte 0x{data[error.start]:02x}"
        raise UserError(f"{shown(path)}:{line}: not valid {named} ({byte}); convert the file to UTF-8") from error


def encoding_of(head: bytes) -> str:
    """The encoding that a file's byte order mark names; UTF-8 without one."""
    return next((encoding for mark, encoding in ENCODINGS.items() if head.startswith(mark)), "utf-8")


def _opener(head: bytes) -> Callable[[IO[bytes]], Any] | None:
    return next((opener for magic, opener in _OPENERS.items() if magic.match(head)), None)


def _refuse_binary(head: bytes, path: Path) -> None:
    for magic, (kind, advice) in _FORMATS.items():
        if head.startswith(magic):
            raise UserError(f"{shown(path)}: is {kind}, not text; {advice}")
    if head[_TAR_OFFSET:].startswith(_TAR):
        raise UserError(f"{shown(path)}: is a tar archive, not text; {_UNPACK}")
    if encoding_of(head).startswith("utf-8") and len(head) - len(head.translate(None, _CONTROL)) > (
        _CONTROL_SHARE * len(head)
    ):
        raise UserError(
            f"{shown(path)}: is a binary file, or UTF-16 without a byte order mark; text is needed: convert it to UTF-8"
        )


def _damaged(path: Path) -> UserError:
    return UserError(f"{shown(path)}: the compressed data is damaged or truncated; copy or download it again")
