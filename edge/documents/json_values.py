"""JSON: .json."""

import json
import re
from collections.abc import Sequence

from edge.documents.encoding import TextFile
from edge.documents.tagged import plain, to_html
from edge.errors import UserError

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_KEY_END = re.compile(r"\s*:")


class JsonValues:
    """Strings that are values; keys, order, numbers and indentation are kept. See `Document` and `Format`."""

    def __init__(self, data: bytes, name: str):
        self._file = TextFile(data, name)
        source = self._file.text
        try:
            json.loads(source)
        except json.JSONDecodeError as error:
            raise UserError(f"{name}, line {error.lineno}: is not JSON ({error.msg}, column {error.colno})") from error
        except RecursionError as error:
            raise UserError(f"{name}: is JSON that is nested too deeply") from error
        except ValueError as error:
            # A number of thousands of digits.
            raise UserError(f"{name}: is JSON that cannot be read ({error})") from error
        # In what is JSON, quotation marks stand around strings only.
        found = [match for match in _STRING.finditer(source) if not _KEY_END.match(source, match.end())]
        values = [(match.span(), json.loads(match.group(), strict=False)) for match in found]
        # Half of a surrogate pair is no character.
        self._values = [(span, value) for span, value in values if value.isascii() or _is_whole(value)]
        self.texts = [to_html([value]) for _, value in self._values]

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with translations."""
        source = self._file.text
        # A file that has escapes for all other letters stays so.
        ensure_ascii = source.isascii() and "\\u" in source
        written, place = [], 0
        for ((start, end), value), translation in zip(self._values, map(plain, translations), strict=True):
            kept = source[start:end]
            written += [
                source[place:start],
                kept if translation == value else json.dumps(translation, ensure_ascii=ensure_ascii),
            ]
            place = end
        return self._file.encode("".join([*written, source[place:]]))


def _is_whole(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
