"""Exports of Anki: text files that begin with lines such as `#separator:tab`."""

import csv
import html
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator

HEADERS = "header lines of Anki skipped"
MARKUP = "lines with markup removed"
QUOTES = "lines with quotation marks undone"

_HEADER = re.compile(
    r"#(separator|html|columns|notetype|deck|tags|if matches|(?:guid|notetype|deck|tags) column):(.*)", re.IGNORECASE
)
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|", "colon": ":", "\\t": "\t"}

# A field in quotation marks may hold line breaks. More lines than these are a quotation mark that stands alone.
_MOST_LINES = 50

_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|\[sound:[^\]]*\]", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"</?(?:br|div|p|li|ul|ol|tr|td|th|table|hr|h[1-6])\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"""</?[a-z](?:"[^"]*"|'[^']*'|[^<>"'])*>""", re.IGNORECASE)


class AnkiExport:
    """Reads the rows of an export. Columns that are no fields of notes (guid, note type, deck, tags) are skipped.

    Attributes:
        counts: what was changed, by kind.
    """

    def __init__(self) -> None:
        self.separator = "\t"
        self.counts: Counter[str] = Counter()
        self._html = True
        self._metadata: set[int] = set()

    @staticmethod
    def is_header(text: str | None) -> bool:
        """Whether a line, the first of a file, is one that Anki writes."""
        return text is not None and _HEADER.fullmatch(text) is not None

    def header(self, text: str) -> None:
        """Takes one header line."""
        found = _HEADER.fullmatch(text)
        assert found, "not a header: `is_header` tells"
        key, value = found[1].lower(), found[2].strip()
        self.counts[HEADERS] += 1
        if key == "separator":
            self.separator = _SEPARATORS.get(value.lower(), value[:1] or "\t")
        elif key == "html":
            self._html = value.lower() != "false"
        elif key.endswith(" column") and value.isdecimal():
            self._metadata.add(int(value))

    def rows(self, lines: Iterable[tuple[int, str | None]]) -> Iterator[tuple[int, list[str] | None]]:
        """The fields of each note.

        Args:
            lines: numbers and texts of the lines after the header.

        Yields:
            The number of the note's first line, and its columns; None for a line that is too long.
        """
        lines = iter(lines)
        waiting: deque[tuple[int, str | None]] = deque()
        while (following := waiting.popleft() if waiting else next(lines, None)) is not None:
            number, text = following
            if text is None:
                yield number, None
                continue
            if '"' not in text:
                yield number, self._cleaned(text.split(self.separator))
                continue
            # Quotation marks are doubled inside a quoted field, so a whole row has an even number.
            record = text
            taken: list[tuple[int, str | None]] = []
            while record.count('"') % 2 and len(taken) < _MOST_LINES:
                if (further := waiting.popleft() if waiting else next(lines, None)) is None:
                    break
                taken.append(further)
                if further[1] is None:
                    break
                record += f"\n{further[1]}"
            if record.count('"') % 2:
                waiting.extendleft(reversed(taken))
                yield number, self._cleaned(text.split(self.separator))
            else:
                yield number, self._cleaned(self._unquoted(record))

    def _unquoted(self, record: str) -> list[str]:
        try:
            (fields,) = csv.reader([record], delimiter=self.separator)
        except (csv.Error, ValueError):
            return record.split(self.separator)
        self.counts[QUOTES] += fields != record.split(self.separator)
        return fields

    def _cleaned(self, fields: list[str]) -> list[str]:
        fields = [field for number, field in enumerate(fields, 1) if number not in self._metadata]
        plain = [_plain(field) for field in fields] if self._html else fields
        self.counts[MARKUP] += plain != fields
        return [" ".join(field.split()) for field in plain]


def _plain(text: str) -> str:
    """HTML as text."""
    if "<" in text or "[" in text:
        text = _TAG.sub("", _BREAK.sub(" ", _HIDDEN.sub(" ", text)))
    return html.unescape(text)
