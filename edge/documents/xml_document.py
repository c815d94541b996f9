"""Documents that are XML in a zip archive."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, Protocol

from edge.documents.archive import Archive
from edge.documents.packages import package
from edge.errors import UserError

# With text, of a file: each takes far more memory and time than the few bytes that it may have in an archive.
MAX_PARAGRAPHS = 100_000
# Characters that XML cannot have.
_ILLEGAL = dict.fromkeys([*(code for code in range(32) if chr(code) not in "\t\n\r"), 0xFFFE, 0xFFFF])


class Paragraph(Protocol):
    """A paragraph of a tree of XML.

    Attributes:
        text: as HTML, see `edge.documents.tagged`.
    """

    text: str

    def write(self, translation: str) -> None:
        """Put a translation in place of the text in the tree."""


class XmlDocument(ABC):
    """A zip archive with members in XML. Of these the paragraphs are translated. See `Document` and `Format`."""

    def __init__(self, data: bytes, name: str):
        self._etree = package("lxml.etree", PurePath(name).suffix.lower())
        self.archive = Archive(data, name)
        self._trees: dict[str, Any] = {}
        self._paragraphs: list[Paragraph] = []
        for member in self.members():
            tree = self.parse(member)
            for paragraph in self.paragraphs(tree):
                self._trees[member] = tree
                self._paragraphs.append(paragraph)
                if len(self._paragraphs) > MAX_PARAGRAPHS:
                    raise UserError(f"{name}: has more than {MAX_PARAGRAPHS} paragraphs with text; split it")
        self.texts: Sequence[str] = [paragraph.text for paragraph in self._paragraphs]

    @abstractmethod
    def members(self) -> Iterable[str]:
        """Return the names of the members with text."""

    @abstractmethod
    def paragraphs(self, tree: Any) -> Iterable[Paragraph]:
        """Return the paragraphs of a member that have text to translate."""

    def write(self, translations: Sequence[str]) -> bytes:
        """Return the file with translations. Once only: it changes the trees."""
        for paragraph, translation in zip(self._paragraphs, translations, strict=True):
            paragraph.write(translation)
        return self.archive.write(self.written())

    def written(self) -> dict[str, bytes]:
        """Return the members that have changed."""
        return {
            member: self._etree.tostring(
                tree, xml_declaration=True, encoding="UTF-8", standalone=tree.docinfo.standalone or None
            )
            for member, tree in self._trees.items()
        }

    def parse(self, member: str) -> Any:
        """Return a member as a tree. Entities are not resolved, and nothing from elsewhere is read.

        Raises:
            UserError: it is missing, no XML, or has entities of its own, which may be made to fill the memory.
        """
        # Without huge_tree, depth and amplification are limited.
        parser = self._etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            tree = self._etree.fromstring(self.archive.read(member), parser).getroottree()
        except self._etree.XMLSyntaxError as error:
            reason = " ".join(str(error.msg).split())
            raise UserError(f"{self.archive.name}: is damaged: {member}: {reason}") from error
        declared = tree.docinfo.internalDTD
        if declared is not None and any(declared.iterentities()):
            raise UserError(f"{self.archive.name}: {member} declares entities, which documents of this kind have not")
        return tree


def with_letters(elements: Iterable[Any]) -> Iterator[Any]:
    """Return the elements with something to translate: there may be hundreds of thousands without it in a table."""
    return (element for element in elements if any(map(has_letters, element.itertext())))


def has_letters(text: str) -> bool:
    """Return whether there is something to translate."""
    return any(character.isalpha() for character in text)


def legal(text: str) -> str:
    """Return a text without characters that XML cannot have."""
    return text.translate(_ILLEGAL)
