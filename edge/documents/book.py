"""E-books: .epub."""

import posixpath
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote

from edge.documents.tagged import plain, to_html
from edge.documents.web_page import WebPage
from edge.documents.xml_document import XmlDocument, has_letters, legal
from edge.errors import UserError

_CONTAINER = "META-INF/container.xml"
_ROOT_FILE = "{urn:oasis:names:tc:opendocument:xmlns:container}rootfile"
_ITEM = "{http://www.idpf.org/2007/opf}item"
_PAGES, _CONTENTS = "application/xhtml+xml", "application/x-dtbncx+xml"
# Titles and the description of the book, and the labels of a table of contents.
_TEXTS = (
    "{http://purl.org/dc/elements/1.1/}title",
    "{http://purl.org/dc/elements/1.1/}description",
    "{http://www.daisy.org/z3986/2005/ncx/}text",
)


class Book(XmlDocument):
    """Pages in XHTML, the title, and the table of contents. See `Document` and `Format`."""

    def __init__(self, data: bytes, name: str):
        self._items: dict[str, str] = {}
        super().__init__(data, name)
        names = [member for member, kind in self._items.items() if kind == _PAGES]
        self._pages = {
            member: WebPage(self.archive.read(member), f"{name}: {member}") for member in dict.fromkeys(names)
        }
        self.texts = [*self.texts, *(text for page in self._pages.values() for text in page.texts)]

    def members(self) -> Iterable[str]:
        """Return the names of the members in which titles are, and find those of the pages."""
        roots = [each.get("full-path", "") for each in self.parse(_CONTAINER).iter(_ROOT_FILE)]
        for root in roots:
            for item in self.parse(root).iter(_ITEM):
                member = posixpath.normpath(posixpath.join(posixpath.dirname(root), unquote(item.get("href", ""))))
                # What is elsewhere is no part of the archive.
                if member in self.archive.names:
                    self._items[member] = item.get("media-type", "")
        if _PAGES not in self._items.values():
            raise UserError(f"{self.archive.name}: is damaged: its list of parts has no page")
        return [*roots, *(member for member, kind in self._items.items() if kind == _CONTENTS)]

    def paragraphs(self, tree: Any) -> Iterable["_Line"]:
        """Return the titles of a member."""
        return (_Line(element) for element in tree.iter(*_TEXTS) if has_letters(element.text or ""))

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with translations. Once only: it changes the trees."""
        pages = len(self._pages)
        for paragraph, translation in zip(self._paragraphs, translations[:-pages], strict=True):
            paragraph.write(translation)
        written = self.written()
        for (member, page), translation in zip(self._pages.items(), translations[-pages:], strict=True):
            written[member] = page.write([translation])
        return self.archive.write(written)


class _Line:
    """Text of an element without others in it. See `edge.documents.xml_document.Paragraph`."""

    def __init__(self, element: Any):
        self._element = element
        self.text = to_html([element.text])

    def write(self, translation: str) -> None:
        """Put a translation in place of the text."""
        self._element.text = legal(plain(translation))
