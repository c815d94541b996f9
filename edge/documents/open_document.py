"""Documents of OpenDocument: .odt, .odp."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from edge.documents.tagged import Part, Role, Tag, from_html, to_html
from edge.documents.xml_document import XmlDocument, has_letters, legal, with_letters

_SPACES = re.compile("[ \t\r\n]+")
# In one element, whose text would be much longer than itself otherwise.
_MOST_SPACES, _DIGITS = 100, 5
# Spaces that would be lost: several, or at the beginning.
_LOST_SPACES = re.compile(" {2,}|^ +")


def _names(space: str, names: str) -> frozenset[str]:
    return frozenset(f"{{urn:oasis:names:tc:opendocument:xmlns:{space}:1.0}}{name}" for name in names.split())


def _name(space: str, name: str) -> str:
    return next(iter(_names(space, name)))


_PARAGRAPHS = _names("text", "p h")
_SPAN, _SPACE = _name("text", "span"), _name("text", "s")
_COUNT, _STYLE_NAME = _name("text", "c"), _name("text", "style-name")
_STYLE, _NAME, _PROPERTIES = _name("style", "style"), _name("style", "name"), _name("style", "text-properties")
_AUTOMATIC, _FAMILY = _name("office", "automatic-styles"), _name("style", "family")
_CHANGES = _name("text", "tracked-changes")
_ANCHOR = _name("text", "anchor-type")
_CONTAINERS = _names("text", "span a meta")
# Elements that stay at the beginning and at the end of their paragraph.
_FIRST = _names("text", "bookmark-start reference-mark-start change-start alphabetical-index-mark-start toc-mark-start")
_LAST = _names("text", "bookmark-end reference-mark-end change-end alphabetical-index-mark-end toc-mark-end") | _names(
    "office", "annotation-end"
)
_BREAKS = _names("text", "tab line-break")
_HIDDEN = _names("text", "bookmark reference-mark change") | _names("office", "annotation")
_DROPPED = _names("text", "soft-page-break")
# Numbers that the program gives to parts of a text that were written at one time.
_NO_FORMATTING = "rsid"


class OpenDocument(XmlDocument):
    """Text or slides, with headers, footers, notes and comments."""

    def members(self) -> Iterable[str]:
        """Return the names of the members with text."""
        # Headers and footers are styles.
        return ["content.xml", *({"styles.xml"} & {*self.archive.names})]

    def paragraphs(self, tree: Any) -> Iterable["_Paragraph"]:
        """Return the paragraphs of a member that have text to translate."""
        formats = _formats(tree)
        deleted = {each for changes in tree.iter(_CHANGES) for each in changes.iter(*_PARAGRAPHS)}
        elements = (element for element in tree.iter(*_PARAGRAPHS) if element not in deleted)
        found = (_Paragraph(element, formats) for element in with_letters(elements))
        return (paragraph for paragraph in found if paragraph.text)


class _Paragraph:
    """A paragraph: text with elements in it. See `edge.documents.xml_document.Paragraph`.

    Args:
        element: the paragraph.
        formats: what the styles of spans that the program made are like.
    """

    def __init__(self, element: Any, formats: dict[str, frozenset[tuple[str, str]]]):
        self._element, self._formats = element, formats
        self._nodes: list[Any] = []
        self._first: list[Any] = []
        self._last: list[Any] = []
        parts = [*_merged(self._content(element), self._nodes, formats)]
        is_text = any(has_letters(part) for part in parts if isinstance(part, str))
        self.text = to_html(parts) if is_text else ""

    def write(self, translation: str) -> None:
        """Put a translation in place of the text."""
        parts = from_html(translation)
        containers = [self._nodes[part.key] for part in parts if isinstance(part, Tag) and part.role is Role.START]
        for element in [self._element, *containers]:
            element.text = None
            for child in [*element]:
                element.remove(child)
        places = [self._element]
        for node in self._first:
            _add(self._element, node)
        is_start = True
        for part in parts:
            if isinstance(part, str):
                self._add_text(places[-1], legal(part), is_start)
                is_start &= not part
            elif part.role is Role.END:
                places.pop()
            else:
                node = self._nodes[part.key]
                _add(places[-1], node)
                if part.role is Role.START:
                    places.append(node)
        for node in self._last:
            _add(self._element, node)

    def _content(self, element: Any) -> Iterator[Part]:
        yield _SPACES.sub(" ", element.text or "")
        for child in element:
            tag = child.tag
            if tag in _FIRST:
                self._first.append(child)
            elif tag in _LAST:
                self._last.append(child)
            elif tag == _SPACE:
                count = child.get(_COUNT, "1")[:_DIGITS]
                yield " " * min(int(count) if count.isdecimal() else 1, _MOST_SPACES)
            elif tag in _CONTAINERS and self._is_formatting(child):
                key = self._key(child)
                yield Tag(Role.START, key)
                yield from self._content(child)
                yield Tag(Role.END, key)
            elif tag in _CONTAINERS:
                yield from self._content(child)
            elif tag not in _DROPPED:
                yield Tag(_role(child), self._key(child))
            yield _SPACES.sub(" ", child.tail or "")

    def _is_formatting(self, element: Any) -> bool:
        """Whether a span looks different from its text around it, as far as is known."""
        return element.tag != _SPAN or bool(self._formats.get(element.get(_STYLE_NAME, ""), True))

    def _key(self, node: Any) -> int:
        self._nodes.append(node)
        return len(self._nodes) - 1

    def _add_text(self, place: Any, text: str, is_start: bool) -> None:
        """Adds text, with elements for white space that would be lost."""
        done = 0
        for match in _LOST_SPACES.finditer(text):
            # Behind other text, the first one of several is a character.
            begin = match.start() + (not is_start or match.start() > 0)
            _add_characters(place, text[done:begin])
            if begin < match.end():
                place.append(place.makeelement(_SPACE, {_COUNT: str(match.end() - begin)}, nsmap=place.nsmap))
            done = match.end()
        _add_characters(place, text[done:])


def _merged(parts: Iterable[Part], nodes: list[Any], formats: dict[str, frozenset[tuple[str, str]]]) -> Iterator[Part]:
    """Parts in which neighbouring spans of one formatting are one span."""

    def formatting(key: int) -> object:
        node = nodes[key]
        style = node.get(_STYLE_NAME, "")
        return (node.tag, formats.get(style, style)) if node.tag == _SPAN else node

    waiting: Tag | None = None
    same: list[tuple[int, int]] = []
    for part in parts:
        if part == "":
            continue
        if (
            isinstance(part, Tag)
            and part.role is Role.START
            and waiting
            and formatting(waiting.key) == formatting(part.key)
        ):
            same.append((part.key, waiting.key))
            waiting = None
            continue
        if waiting:
            yield waiting
        waiting = None
        if isinstance(part, Tag) and part.role is Role.END:
            if same and same[-1][0] == part.key:
                part = Tag(Role.END, same.pop()[1])
            waiting = part
            continue
        yield part
    if waiting:
        yield waiting


def _formats(tree: Any) -> dict[str, frozenset[tuple[str, str]]]:
    """What the automatic styles of text say, by their names."""
    found = {}
    for style in tree.iterfind(f".//{_AUTOMATIC}/{_STYLE}"):
        if style.get(_FAMILY) == "text":
            said = [item for properties in style.findall(_PROPERTIES) for item in properties.attrib.items()]
            said += [(name, value) for name, value in style.attrib.items() if name.endswith("}parent-style-name")]
            found[style.get(_NAME, "")] = frozenset(item for item in said if not item[0].endswith(_NO_FORMATTING))
    return found


def _role(element: Any) -> Role:
    if element.tag in _BREAKS:
        return Role.BREAK
    is_hidden = not isinstance(element.tag, str) or element.tag in _HIDDEN
    is_hidden |= element.get(_ANCHOR, "as-char") != "as-char"
    return Role.HIDDEN if is_hidden else Role.OBJECT


def _add(place: Any, node: Any) -> None:
    node.tail = None
    place.append(node)


def _add_characters(place: Any, text: str) -> None:
    if not text:
        return
    if len(place):
        place[-1].tail = (place[-1].tail or "") + text
    else:
        place.text = (place.text or "") + text
