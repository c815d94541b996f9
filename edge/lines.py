"""Lines of text from a stream of bytes."""

from collections.abc import Iterator
from typing import BinaryIO

from edge.errors import UserError


def read_lines(stream: BinaryIO) -> Iterator[str]:
    """Decodes standard input line by line; a line ends with a line feed, and with nothing else.

    Raises:
        UserError: a line is not UTF-8.
    """
    for number, line in enumerate(stream, start=1):
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise UserError(f"standard input, line {number}: is not UTF-8; convert the text to UTF-8") from error
