"""Text with formatting and objects in it, as HTML and back: all formats use the one way in which tags are placed."""

import html
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from edge.markup_tokens import Kind, read_tokens


class Role(Enum):
    """What a tag is in its text.

    Attributes:
        START, END: the two ends of formatted text, with the same key.
        OBJECT: something to see, for example an image: it counts as a word.
        HIDDEN: something invisible.
        BREAK: ends a sentence.
    """

    START, END, OBJECT, HIDDEN, BREAK = "<x-{}>", "</x-{}>", "<img id={}>", "<wbr id={}>", "<br id={}>"


class Tag(NamedTuple):
    """A tag.

    Attributes:
        role: of the tag.
        key: the number by which a format finds again what stands there.
    """

    role: Role
    key: int = 0


Part = str | Tag

_EMPTY = {"img": Role.OBJECT, "wbr": Role.HIDDEN, "br": Role.BREAK}


def to_html(parts: Iterable[Part]) -> str:
    """Return text and tags as HTML; characters that HTML uses itself are escaped in the text."""
    return "".join(
        html.escape(part, quote=False) if isinstance(part, str) else part.role.value.format(part.key) for part in parts
    )


def from_html(text: str) -> list[Part]:
    """Return text and tags of HTML that `to_html` has made, or of its translation."""
    parts: list[Part] = []
    for token in read_tokens(text):
        if token.kind is Kind.TEXT:
            parts.append(html.unescape(token.source))
        elif token.name in _EMPTY:
            parts.append(Tag(_EMPTY[token.name], int(token.source.strip("<>").partition("=")[2])))
        else:
            parts.append(Tag(Role.START if token.kind is Kind.OPEN else Role.END, int(token.name.removeprefix("x-"))))
    return parts


def plain(text: str) -> str:
    """Return the text of HTML that `to_html` has made of text without tags, or of its translation."""
    return html.unescape(text)
