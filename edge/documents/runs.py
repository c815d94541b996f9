"""Paragraphs of runs: text of one formatting each, as Word and PowerPoint have them."""

import copy
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from edge.documents.tagged import Part, Role, Tag, from_html, to_html
from edge.documents.xml_document import has_letters, legal


@dataclass(frozen=True)
class RunNames:
    """Names of elements, with their namespaces.

    Attributes:
        run: of a run, `properties` and `text` of what it has.
        space: of the attribute that keeps white space at the edges of text, if the format has one.
        containers: elements around runs, for example a link. `content`: of the child that has the runs, where there is
            one between.
        kept: what containers have beside it.
        first, last: children of a paragraph that stay at its beginning and at its end, also in a run of their own.
        breaks: what ends a sentence: in a run, or between runs.
        hidden: what is invisible.
        dropped: what the program writes again.
        characters: elements that are a character.
        ignored: attributes and children of properties that are no formatting.
        field: of the marks that a field has at its beginning, middle and end, and `field_type` of the attribute that
            says which; `instruction` of what the field does. Each of them is in a run.
    """

    run: str
    properties: str
    text: str
    space: str = ""
    containers: frozenset[str] = frozenset()
    content: str = ""
    kept: frozenset[str] = frozenset()
    first: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    breaks: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    dropped: frozenset[str] = frozenset()
    characters: dict[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()
    field: str = ""
    field_type: str = ""
    instruction: str = ""


class RunParagraph:
    """A paragraph of runs; runs of one formatting are one. See `Paragraph`.

    The most frequent formatting is the paragraph's own. Text of another one is an element that is placed by alignment,
    and so is a link. An image, a field or a note is an object.

    Args:
        element: the paragraph.
        names: of the format.

    Attributes:
        text: as HTML; empty if there is nothing to translate.
    """

    def __init__(self, element: Any, names: RunNames):
        self._element, self._names = element, names
        # What tags stand for, by their keys: nodes to write at a start (or alone), and nodes to write at an end; an
        # element that has what is between, if there is one; properties of the text between.
        self._nodes: list[tuple[Sequence[Any], Sequence[Any]]] = []
        self._containers: dict[int, Any] = {}
        self._formats: dict[int, Any] = {}
        self._first: list[Any] = []
        self._last: list[Any] = []
        self._keys: dict[bytes, int] = {}
        read = [*self._children([*element])]
        lengths: Counter[int] = Counter()
        for part in read:
            if isinstance(part, _Text):
                lengths[part.key] += len(part.text)
        self._own = lengths.most_common(1)[0][0] if lengths else -1
        parts = [*self._formatted(read)]
        is_text = any(has_letters(part) for part in parts if isinstance(part, str))
        self.text = to_html(parts) if is_text else ""

    def write(self, translation: str) -> None:
        """Put a translation in place of the text."""
        for container in [self._element, *self._containers.values()]:
            for child in [*container]:
                if child.tag not in self._names.kept:
                    container.remove(child)
        places, formats = [self._element], [self._own]
        for node in self._first:
            self._element.append(node)
        for part in from_html(translation):
            if isinstance(part, str):
                if part:
                    places[-1].append(self._run(part, self._formats.get(formats[-1])))
                continue
            key, (nodes, end_nodes) = part.key, self._nodes[part.key]
            if part.role is Role.END:
                for node in end_nodes:
                    places[-1].append(node)
                if key in self._containers:
                    places.pop()
                elif key in self._formats:
                    formats.pop()
                continue
            for node in nodes:
                places[-1].append(_alone(node))
            if key in self._containers:
                places.append(self._containers[key])
            elif key in self._formats and part.role is Role.START:
                formats.append(key)
        for node in self._last:
            self._element.append(_alone(node))

    def _children(self, children: Sequence[Any]) -> Iterator["_Text | Tag"]:
        names, index = self._names, 0
        fields = self._fields(children)
        while index < len(children):
            child = children[index]
            index += 1
            if child.tag in names.first:
                self._first.append(child)
            elif child.tag in names.last:
                self._last.append(child)
            elif child.tag == names.run:
                end = fields.get(index - 1)
                yield from self._field(children[index - 1 : end]) if end else self._pieces(child)
                index = end or index
            elif child.tag in names.containers:
                content = child.find(names.content) if names.content else None
                inner = child if content is None else content
                key = self._key([child])
                self._containers[key] = inner
                yield Tag(Role.START, key)
                yield from self._children([each for each in inner if each.tag not in names.kept])
                yield Tag(Role.END, key)
            elif child.tag not in names.dropped:
                yield self._single(child, child)

    def _pieces(self, run: Any) -> Iterator["_Text | Tag"]:
        """What a run has."""
        names = self._names
        properties = run.find(names.properties)
        for piece in [*run]:
            if piece.tag == names.text:
                yield _Text(piece.text or "", self._format(properties))
            elif piece.tag in names.last:
                self._last.append(_Piece(run, properties, piece))
            elif piece.tag in names.characters:
                yield _Text(names.characters[piece.tag], self._format(properties))
            elif piece.tag != names.properties and piece.tag not in names.dropped:
                yield self._single(_Piece(run, properties, piece), piece)

    def _single(self, node: Any, what: Any) -> Tag:
        names = self._names
        is_hidden = not isinstance(what.tag, str) or what.tag in names.hidden or _is_floating(what)
        role = Role.BREAK if what.tag in names.breaks else Role.HIDDEN if is_hidden else Role.OBJECT
        return Tag(role, self._key([node]))

    def _fields(self, children: Sequence[Any]) -> dict[int, int]:
        """The indices of the runs in which fields begin, and those after the runs in which they end."""
        found: dict[int, int] = {}
        opened: list[int] = []
        for index, child in enumerate(children):
            for mark in self._marks(child):
                if mark == "begin":
                    opened.append(index)
                elif mark == "end" and opened:
                    found[opened.pop()] = index + 1
        return found

    def _marks(self, run: Any) -> list[str]:
        names = self._names
        is_run = names.field and run.tag == names.run
        return [mark.get(names.field_type) for mark in run.iter(names.field)] if is_run else []

    def _field(self, runs: Sequence[Any]) -> Iterator["_Text | Tag"]:
        """A field: an object, but for a link."""
        names = self._names
        instruction = "".join(each.text or "" for run in runs for each in run.iter(names.instruction)).strip()
        marks = [self._marks(run) for run in runs]
        if not instruction.upper().startswith("HYPERLINK") or sum(map(len, marks)) != 3:
            yield Tag(Role.OBJECT, self._key([*runs]))
            return
        middle = marks.index(["separate"]) + 1 if ["separate"] in marks else len(runs) - 1
        key = self._key([*runs[:middle]], [runs[-1]])
        yield Tag(Role.START, key)
        yield from self._children(runs[middle:-1])
        yield Tag(Role.END, key)

    def _key(self, nodes: Sequence[Any], end_nodes: Sequence[Any] = ()) -> int:
        self._nodes.append((nodes, end_nodes))
        return len(self._nodes) - 1

    def _format(self, properties: Any) -> int:
        """The key of a formatting."""
        comparable = b""
        if properties is not None:
            plain = copy.deepcopy(properties)
            for name in self._names.ignored:
                plain.attrib.pop(name, None)
                for each in plain.findall(name):
                    plain.remove(each)
            if len(plain) or plain.attrib:
                plain.tail = None
                comparable = b"".join(
                    [repr(sorted(plain.attrib.items())).encode(), *(_canonical(each) for each in plain)]
                )
        if comparable not in self._keys:
            self._keys[comparable] = self._key([])
            self._formats[self._keys[comparable]] = properties
        return self._keys[comparable]

    def _formatted(self, read: Sequence["_Text | Tag"]) -> Iterator[Part]:
        """Text with tags around what is not of the paragraph's own formatting."""
        current = self._own
        # Objects that are in the formatting if more of its text follows.
        objects: list[Part] = []
        for part in [*read, None]:
            if isinstance(part, Tag) and part.role not in (Role.START, Role.END):
                objects.append(part)
                continue
            wanted = self._own
            if isinstance(part, _Text):
                # White space is of the formatting before it.
                wanted = part.key if part.text.strip() else current
            if wanted != current and current != self._own:
                yield Tag(Role.END, current)
            yield from objects
            objects = []
            if wanted != current and wanted != self._own:
                yield Tag(Role.START, wanted)
            current = wanted
            if part is not None:
                yield part.text if isinstance(part, _Text) else part

    def _run(self, text: str, properties: Any) -> Any:
        names = self._names
        run = self._element.makeelement(names.run, nsmap=self._element.nsmap)
        if properties is not None:
            run.append(copy.deepcopy(properties))
        written = run.makeelement(names.text)
        written.text = legal(text)
        if names.space and text != text.strip():
            written.set(names.space, "preserve")
        run.append(written)
        return run


@dataclass(frozen=True)
class _Text:
    """Text, and the key of its formatting."""

    text: str
    key: int


@dataclass(frozen=True)
class _Piece:
    """An object in a run, and the properties of the run."""

    run: Any
    properties: Any
    piece: Any

    def alone(self) -> Any:
        """Takes the object into a run of its own."""
        alone = self.run.makeelement(self.run.tag, self.run.attrib, nsmap=self.run.nsmap)
        if self.properties is not None:
            alone.append(copy.deepcopy(self.properties))
        alone.append(self.piece)
        return alone


def _alone(node: Any) -> Any:
    return node.alone() if isinstance(node, _Piece) else node


def _is_floating(element: Any) -> bool:
    """Whether an image or the like stands beside the text, not in it."""
    return any(isinstance(each.tag, str) and each.tag.endswith("}anchor") for each in element.iter())


def _canonical(element: Any) -> bytes:
    import lxml.etree

    copied = copy.deepcopy(element)
    copied.tail = None
    return lxml.etree.tostring(copied, method="c14n")
