"""A file format that can be translated, as a protocol."""

from collections.abc import Sequence
from typing import Protocol


class Document(Protocol):
    """A file that was read."""

    @property
    def texts(self) -> Sequence[str]:
        """What is to be translated: HTML, whatever the file's format is (see `edge.documents.tagged`)."""

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with a translation in place of each text; everything else is as it was read."""


class Format(Protocol):
    """A file format: what reads its files."""

    def __call__(self, data: bytes, name: str) -> Document:
        """Read a file.

        Args:
            data: the whole file.
            name: what messages call it.

        Raises:
            UserError: it is damaged, too large when unpacked, or of another format.
            MissingPackageError: a package of the extra `files` is needed and not installed.
        """
