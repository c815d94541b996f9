"""Web pages: .html, .htm, .xhtml."""

from collections.abc import Sequence

from edge.documents.encoding import TextFile


class WebPage:
    """A document of HTML, see `edge.markup.Markup`. See `Document` and `Format`."""

    def __init__(self, data: bytes, name: str):
        self._file = TextFile(data, name)
        self.texts = [self._file.text]

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with translations."""
        return self._file.encode(translations[0])
