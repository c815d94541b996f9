"""The lines of a text stream that holds columns: any line ends, any Unicode encoding with a byte order mark."""

import codecs
from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import IO

from edge.errors import UserError
from pipelines.data.files import encoding_of

# A line is held in memory whole, so a file without line breaks must not be read as one.
MAX_LINE_BYTES = 64 * 1024

_BLOCK = 64 * 1024


class _State(Enum):
    """Where the reader is: between line feeds."""

    LINE = auto()
    # In text whose lines end with CR alone.
    OLD_MAC = auto()
    # In a line that is too long, until its end.
    TOO_LONG = auto()


def read_lines(stream: IO[bytes], name: str) -> Iterator[tuple[int, str | None]]:
    """Decodes a stream of columns line by line. A byte order mark at its start and line ends are removed.

    Lines end with LF, CRLF or CR. A CR inside a line that holds only one row of columns is part of its text: where
    rows end with CR, more than one part has a tab.

    Args:
        stream: The bytes.
        name: What to call the file in errors.

    Yields:
        The line's number, from 1, and its text, or None where the line is longer than `MAX_LINE_BYTES`.

    Raises:
        UserError: A line is not valid UTF-8, or the stream is not valid UTF-16 or UTF-32.
    """
    for number, raw in enumerate(_split(_blocks(stream, name)), start=1):
        if raw is None:
            yield number, None
            continue
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            byte = f"byte 0x{raw[error.start]:02x} at position {error.start + 1}"
            raise UserError(f"{name}:{number}: not valid UTF-8 ({byte}); convert the file to UTF-8") from error
        yield number, text


def _blocks(stream: IO[bytes], name: str) -> Iterator[bytes]:
    """The stream as UTF-8, without its byte order mark."""
    block = stream.read(_BLOCK)
    encoding = encoding_of(block)
    if encoding.startswith("utf-8"):
        block = block.removeprefix(codecs.BOM_UTF8)
        while block:
            yield block
            block = stream.read(_BLOCK)
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while block:
            yield decoder.decode(block).encode("utf-8")
            block = stream.read(_BLOCK)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise UserError(f"{name}: not valid {encoding.upper()}; convert the file to UTF-8") from error


def _split(blocks: Iterable[bytes]) -> Iterator[bytes | None]:
    """Lines without their ends; None for one that is too long."""
    rest, state = b"", _State.LINE
    for block in blocks:
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            if state is not _State.TOO_LONG:
                yield from _rows(line, state)
            state = _State.LINE
        if len(rest) <= MAX_LINE_BYTES:
            continue
        if state is _State.LINE:
            state = _State.OLD_MAC if _ends_with_cr(rest) else _State.TOO_LONG
            if state is _State.TOO_LONG:
                yield None
        if state is _State.TOO_LONG:
            rest = b""
            continue
        # A CR at the end may be half of a CRLF.
        end = b"\r" if rest.endswith(b"\r") else b""
        *rows, rest = rest.removesuffix(b"\r").split(b"\r")
        yield from map(_limited, rows)
        # What is too long already need not grow.
        rest = rest[: MAX_LINE_BYTES + 1] + end
    if state is not _State.TOO_LONG and rest.strip(b"\r"):
        yield from _rows(rest, state)


def _rows(line: bytes, state: _State) -> Iterator[bytes | None]:
    """A line, or the several that end with CR in it."""
    line = line.rstrip(b"\r")
    if b"\r" in line and (state is _State.OLD_MAC or _ends_with_cr(line)):
        yield from map(_limited, line.split(b"\r"))
    else:
        yield _limited(line)


def _ends_with_cr(line: bytes) -> bool:
    return sum(b"\t" in row for row in line.split(b"\r")) > 1


def _limited(line: bytes) -> bytes | None:
    return line if len(line) <= MAX_LINE_BYTES else None
