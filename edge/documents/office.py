"""Documents of Word and PowerPoint: .docx, .pptx."""

from collections.abc import Iterable
from typing import Any

from edge.documents.runs import RunNames, RunParagraph
from edge.documents.xml_document import XmlDocument, with_letters
from edge.errors import UserError

_TYPES = "[Content_Types].xml"
_TYPE = "{http://schemas.openxmlformats.org/package/2006/content-types}Override"
_DRAWN = ("drawingml.chart+xml", "drawingml.diagramData+xml", "drawingml.diagramDrawing+xml")


def _names(space: str, names: str) -> frozenset[str]:
    return frozenset(f"{{{space}}}{name}" for name in names.split())


_W, _W_STRICT = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_A, _A_STRICT = "http://schemas.openxmlformats.org/drawingml/2006/main", "http://purl.oclc.org/ooxml/drawingml/main"


def _word(space: str) -> RunNames:
    return RunNames(
        run=f"{{{space}}}r",
        properties=f"{{{space}}}rPr",
        text=f"{{{space}}}t",
        space="{http://www.w3.org/XML/1998/namespace}space",
        containers=_names(space, "hyperlink ins moveTo smartTag sdt customXml dir bdo"),
        content=f"{{{space}}}sdtContent",
        kept=_names(space, "smartTagPr customXmlPr"),
        first=_names(
            space,
            "pPr bookmarkStart commentRangeStart permStart moveFromRangeStart moveToRangeStart customXmlInsRangeStart",
        ),
        last=_names(
            space,
            "bookmarkEnd commentRangeEnd commentReference permEnd moveFromRangeEnd moveToRangeEnd customXmlInsRangeEnd",
        ),
        breaks=_names(space, "br cr tab ptab"),
        hidden=_names(space, "del moveFrom fldChar instrText delText annotationRef pict"),
        dropped=_names(space, "proofErr lastRenderedPageBreak"),
        characters={f"{{{space}}}noBreakHyphen": "\u2011", f"{{{space}}}softHyphen": "\u00ad"},
        ignored=_names(space, "lang noProof"),
        field=f"{{{space}}}fldChar",
        field_type=f"{{{space}}}fldCharType",
        instruction=f"{{{space}}}instrText",
    )


def _drawn(space: str) -> RunNames:
    return RunNames(
        run=f"{{{space}}}r",
        properties=f"{{{space}}}rPr",
        text=f"{{{space}}}t",
        first=_names(space, "pPr"),
        last=_names(space, "endParaRPr"),
        breaks=_names(space, "br"),
        ignored=frozenset(["lang", "altLang", "dirty", "err", "noProof", "smtClean", "smtId", "bmk"]),
    )


# The paragraphs of all formats: text is also in shapes, charts and diagrams.
_PARAGRAPHS = {
    **{f"{{{space}}}p": _word(space) for space in (_W, _W_STRICT)},
    **{f"{{{space}}}p": _drawn(space) for space in (_A, _A_STRICT)},
}


class _OfficeDocument(XmlDocument):
    """A document whose paragraphs have runs."""

    kinds: tuple[str, ...] = ()

    def members(self) -> Iterable[str]:
        """Return the names of the members with text: the list of types has them."""
        types = self.parse(_TYPES).getroot().findall(_TYPE)
        found = [
            each.get("PartName", "").lstrip("/") for each in types if each.get("ContentType", "").endswith(self.kinds)
        ]
        if not found:
            raise UserError(f"{self.archive.name}: is damaged or of another format: it has no part with text")
        return found

    def paragraphs(self, tree: Any) -> Iterable[RunParagraph]:
        """Return the paragraphs of a member that have text to translate."""
        elements = with_letters(tree.iter(*_PARAGRAPHS))
        found = (RunParagraph(element, _PARAGRAPHS[element.tag]) for element in elements)
        return (paragraph for paragraph in found if paragraph.text)


class WordDocument(_OfficeDocument):
    """A document of Word, with headers, footers, notes and comments."""

    kinds = (
        *(
            f"wordprocessingml.{name}+xml"
            for name in ("document.main", "header", "footer", "footnotes", "endnotes", "comments")
        ),
        *_DRAWN,
    )


class Presentation(_OfficeDocument):
    """Slides of PowerPoint, with notes."""

    kinds = ("presentationml.slide+xml", "presentationml.notesSlide+xml", *_DRAWN)
