"""Text files as text and back."""

import codecs
import io

from edge.lines import read_text


class TextFile:
    """A file in UTF-8.

    Args:
        data: the file; a byte order mark is written again.
        name: what messages call it.

    Attributes:
        text: without the mark.

    Raises:
        UserError: it is not UTF-8.
    """

    def __init__(self, data: bytes, name: str):
        self._mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        self.text = read_text(io.BytesIO(data), name)

    def encode(self, text: str) -> bytes:
        """Return another text as such a file."""
        return self._mark + text.encode("utf-8")
