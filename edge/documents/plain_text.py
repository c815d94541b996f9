"""Plain text: .txt."""

import itertools
import re
from collections.abc import Sequence

from edge.documents.encoding import TextFile
from edge.documents.tagged import plain, to_html

_LINE_END = re.compile(r"((?<!\s)\s*\n\s*)")


class PlainText:
    """Lines of text; a line end ends a sentence. See `Document` and `Format`."""

    def __init__(self, data: bytes, name: str):
        self._file = TextFile(data, name)
        # Lines, and the white space between them.
        lines = _LINE_END.split(self._file.text)
        self.texts = [to_html([line]) for line in lines[::2]]
        self._gaps = lines[1::2]

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with translations."""
        pairs = itertools.zip_longest(map(plain, translations), self._gaps, fillvalue="")
        return self._file.encode("".join(itertools.chain.from_iterable(pairs)))
