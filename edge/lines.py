"""Lines of text from a stream of bytes."""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from edge.errors import UserError


def read_lines(stream: BinaryIO, name: str = "standard input") -> Iterator[str]:
    """Decodes UTF-8, with or without a byte order mark, line by line; a line ends with a line feed, and nothing else.

    Args:
        stream: of bytes.
        name: what messages call it.

    Raises:
        UserError: the stream cannot be read, a line is not UTF-8, or the text is UTF-16.
    """
    return (line.rstrip("\r\n") for line in _decoded(stream, name))


def read_text(stream: BinaryIO, name: str = "standard input") -> str:
    """Decodes UTF-8, with or without a byte order mark, as a whole. Arguments and errors as those of `read_lines`."""
    return "".join(_decoded(stream, name))


def _decoded(stream: BinaryIO, name: str) -> Iterator[str]:
    for number, line in enumerate(_readable(stream, name), start=1):
        if number == 1:
            line = line.removeprefix(codecs.BOM_UTF8)
            # Without a mark, UTF-16 shows by the zero bytes of its ASCII characters, which are in no other text.
            if line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in line:
                raise UserError(f"{name}: is UTF-16 or no text; convert it to UTF-8")
        try:
            yield line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise UserError(f"{name}, line {number}: is not UTF-8; convert the text to UTF-8") from error


def _readable(stream: BinaryIO, name: str) -> Iterator[bytes]:
    try:
        yield from stream
    except OSError as error:
        raise UserError(f"{name}: cannot be read ({error.strerror or error})") from error
