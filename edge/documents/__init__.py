"""Files that can be translated: the formats by the suffixes of their names, and how a file is read."""

from pathlib import PurePath

from edge.documents.book import Book
from edge.documents.document import Document, Format
from edge.documents.json_values import JsonValues
from edge.documents.messages import Messages
from edge.documents.office import Presentation, WordDocument
from edge.documents.open_document import OpenDocument
from edge.documents.plain_text import PlainText
from edge.documents.subtitles import SubRip, WebVTT
from edge.documents.web_page import WebPage
from edge.errors import MissingPackageError, UserError

FORMATS: dict[str, Format] = {
    ".txt": PlainText,
    ".srt": SubRip,
    ".vtt": WebVTT,
    ".html": WebPage,
    ".htm": WebPage,
    ".xhtml": WebPage,
    ".docx": WordDocument,
    ".pptx": Presentation,
    ".odt": OpenDocument,
    ".odp": OpenDocument,
    ".epub": Book,
    ".po": Messages,
    ".json": JsonValues,
}


def find_format(name: str) -> Format:
    """Return the format of a file by the suffix of its name.

    Raises:
        UserError: it is not known; the message lists those that are.
    """
    suffix = PurePath(name).suffix.lower()
    known = ", ".join(FORMATS)
    if not suffix:
        raise UserError(f"{name}: has no suffix, which says of which format it is; name it with one of {known}")
    if suffix not in FORMATS:
        raise UserError(f"{name}: files of the format {suffix!r} cannot be translated; known: {known}")
    return FORMATS[suffix]


def available_formats() -> list[str]:
    """Return the suffixes of the formats whose packages are installed."""

    def is_available(suffix: str) -> bool:
        try:
            FORMATS[suffix](b"", suffix)
        except MissingPackageError:
            return False
        except UserError:
            # An empty file is damaged, but what reads it is there.
            pass
        return True

    return [suffix for suffix in FORMATS if is_available(suffix)]


__all__ = ["FORMATS", "Document", "Format", "available_formats", "find_format"]
