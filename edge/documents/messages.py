"""Catalogues of messages of gettext: .po."""

import re
from collections.abc import Sequence
from typing import Any

from edge.documents.encoding import TextFile
from edge.documents.packages import package
from edge.documents.tagged import plain, to_html
from edge.errors import UserError

_STRING = re.compile(r'(\s*msgstr(?:\[(\d+)\])?\s*)""(\s*)')


class Messages:
    """Messages that have no translation yet; others are kept, fuzzy and obsolete ones, too. See `Document`, `Format`.

    Of a message with plural forms, the first form is the translation of the singular, all others that of the plural.
    Where the target language has one form only, it is the plural's.
    """

    def __init__(self, data: bytes, name: str):
        self._file = TextFile(data, name)
        self._polib = package("polib", ".po")
        try:
            # polib opens what is the path of a file: with a line end it is none.
            catalogue = self._polib.pofile(self._file.text + "\n")
        except (OSError, ValueError, IndexError, KeyError, AttributeError) as error:
            # Its messages are, for example, "Syntax error in po file (line 3)".
            raise UserError(f"{name}: is damaged: {error}") from error
        self._lines = self._file.text.splitlines(keepends=True)
        self._entries = [entry for entry in catalogue if not entry.obsolete and not entry.fuzzy and _is_open(entry)]
        texts = [text for entry in self._entries for text in (entry.msgid, entry.msgid_plural or entry.msgid)]
        self.texts = [to_html([text]) for text in texts]

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with translations; all other lines are as they were."""
        lines = [*self._lines]
        rest = iter(map(plain, translations))
        for entry in self._entries:
            one, many = next(rest), next(rest)
            has_forms = len(entry.msgstr_plural) > 1
            for place, form, match in self._strings(entry):
                text = one if has_forms and form == 0 else many
                lines[place] = f"{match[1]}{self._quoted(text)}{match[3]}"
        return self._file.encode("".join(lines))

    def _strings(self, entry: Any) -> list[tuple[int, int, re.Match[str]]]:
        """The lines of an entry's empty translations: their places, and the numbers of their plural forms."""
        found: list[tuple[int, int, re.Match[str]]] = []
        for place in range(max(0, entry.linenum - 1), len(self._lines)):
            if match := _STRING.fullmatch(self._lines[place]):
                found.append((place, int(match[2] or 0), match))
            elif found and self._lines[place].lstrip()[:1] != '"':
                break
        return found

    def _quoted(self, text: str) -> str:
        """A string; of several lines, each on a line of its own, as gettext has it."""
        lines = [f'"{self._polib.escape(line)}"' for line in text.splitlines(keepends=True)] or ['""']
        return lines[0] if len(lines) == 1 else "\n".join(['""', *lines])


def _is_open(entry: Any) -> bool:
    return not (any(entry.msgstr_plural.values()) if entry.msgid_plural else entry.msgstr)
