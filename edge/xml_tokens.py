"""XML as a list of tokens that together are the document, byte for byte."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple, NoReturn
from xml.parsers import expat

from edge.errors import UserError
from edge.markup_tokens import Kind, Token

# Around a fragment, which may have text and several elements at its top.
_BEFORE, _AFTER = b"<_>", b"</_>"
# What a document begins with that is no fragment.
_PROLOGUES = ("<?xml", "<!DOCTYPE")


@dataclass(frozen=True)
class XmlReader:
    """Reads XML: a document, or a fragment of one.

    An element stands inside of a sentence if its parent has text of its own or stands inside of one; all others part
    sentences.

    Attributes:
        splitting: names of elements that part sentences wherever they stand.
        joining: names of elements that never do.
        ignored: names of elements that are left as they are, with their content.
        detects: whether other elements may part sentences.
    """

    splitting: frozenset[str] = frozenset()
    joining: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
    detects: bool = True

    def __call__(self, text: str) -> list[Token]:
        """Return the tokens of a text.

        Raises:
            UserError: it is not well-formed, or declares entities.
        """
        tokens = _read(text)
        parents = _parents(tokens)
        with_text = {
            parent
            for token, parent in zip(tokens, parents, strict=True)
            if token.kind is Kind.TEXT and html.unescape(token.source).strip()
        }
        inline: set[int | None] = set()
        found: list[Token] = []
        for index, (token, parent) in enumerate(zip(tokens, parents, strict=True)):
            is_inline = parent in with_text or parent in inline or not self.detects
            if token.kind is Kind.OPEN and is_inline:
                inline.add(index)
            is_block = token.name in self.splitting or not (is_inline or token.name in self.joining)
            if token.name:
                token = token._replace(is_block=is_block, untranslated=token.untranslated or token.name in self.ignored)
            found.append(token)
        return found


def _parents(tokens: Sequence[Token]) -> list[int | None]:
    """The index of the start tag of the element that each token is in; an end tag is where its start tag is."""
    parents: list[int | None] = []
    stack: list[int] = []
    for index, token in enumerate(tokens):
        if token.kind is Kind.CLOSE:
            stack.pop()
        parents.append(stack[-1] if stack else None)
        if token.kind is Kind.OPEN:
            stack.append(index)
    return parents


def _read(text: str) -> list[Token]:
    data = text.encode("utf-8", "replace")
    is_document = text.startswith(_PROLOGUES)
    before, after = (b"", b"") if is_document else (_BEFORE, _AFTER)
    events = _Events(len(before))
    try:
        events.parser.Parse(before + data + after, True)
    except expat.ExpatError as error:
        column = error.offset + 1 - (len(before) if error.lineno == 1 else 0)
        reason = expat.ErrorString(error.code)
        raise UserError(f"line {error.lineno}, column {column}: is not well-formed XML ({reason})") from error
    tokens = _tokens(data, events.found)
    if not is_document:
        return tokens
    # What stands before and after the root is left as it is.
    first = data[: events.found[0].place].decode()
    last = text[len(first) + sum(len(token.source) for token in tokens) :]
    return [Token(Kind.OTHER, first, is_block=True), *tokens, Token(Kind.OTHER, last, is_block=True)]


def _tokens(data: bytes, events: Sequence["_Event"]) -> list[Token]:
    tokens: list[Token] = []
    for event, following in zip_longest(events, events[1:]):
        place, kind, name, untranslated = event
        end = following.place if following else len(data)
        if kind is Kind.CLOSE:
            # Behind that of the root of a document there may be more.
            end = data.find(b">", place, end) + 1
        source = data[place:end].decode()
        if kind is Kind.OPEN and source.endswith("/>"):
            kind = Kind.SINGLE
        if source.startswith("&") and html.unescape(source) != source:
            # It is declared elsewhere, but HTML knows it, too.
            kind = Kind.TEXT
        if source:
            tokens.append(Token(kind, source, name, untranslated))
    return tokens


class _Event(NamedTuple):
    place: int
    kind: Kind
    name: str = ""
    untranslated: bool = False


class _Events:
    """Finds the place in bytes, the kind, the name and `untranslated` of each token inside of the root of a document.

    Args:
        offset: bytes of a root around a fragment that are before it.
    """

    def __init__(self, offset: int):
        self.found: list[_Event] = []
        self._offset = offset
        self._depth = 0
        self._is_literal = False
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = lambda _: self._add(Kind.TEXT)
        parser.SkippedEntityHandler = lambda *_: self._add(Kind.SINGLE)
        parser.StartCdataSectionHandler = self._begin_literal
        parser.EndCdataSectionHandler = self._end_literal
        parser.CommentHandler = lambda _: self._add(Kind.OTHER)
        parser.ProcessingInstructionHandler = lambda *_: self._add(Kind.OTHER)
        parser.EntityDeclHandler = self._refuse

    def _add(self, kind: Kind, name: str = "", untranslated: bool = False) -> None:
        is_more_text = kind is Kind.TEXT and self.found and self.found[-1].kind is Kind.TEXT
        if self._depth and not self._is_literal and not is_more_text:
            place = self.parser.CurrentByteIndex - self._offset
            self.found.append(_Event(place, kind, name, untranslated))

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        if self._depth > 1 or not self._offset:
            self._add(Kind.OPEN, name, attributes.get("translate", "").strip().lower() == "no")

    def _end(self, name: str) -> None:
        if self._depth > 1 or not self._offset:
            self._add(Kind.CLOSE, name)
        self._depth -= 1

    def _begin_literal(self) -> None:
        self._add(Kind.SINGLE)
        self._is_literal = True

    def _end_literal(self) -> None:
        self._is_literal = False

    def _refuse(self, *_: object) -> NoReturn:
        raise UserError(f"line {self.parser.CurrentLineNumber}: declares an entity; write what it stands for instead")
