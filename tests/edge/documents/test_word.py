"""Documents of Word, made and read again by python-docx."""

import io
import re

import pytest

from edge import UserError
from edge.documents import FORMATS, office
from edge.documents.runs import RunParagraph

docx = pytest.importorskip("docx")
Pt, RGBColor = docx.shared.Pt, docx.shared.RGBColor


@pytest.fixture
def image() -> io.BytesIO:
    """A PNG file of one pixel."""
    data = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
        "0000000049454e44ae426082"
    )
    return io.BytesIO(data)


def save(document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def runs(paragraph) -> list[tuple]:
    """Text and formatting of the runs, those of links included."""
    found = []
    for item in paragraph.iter_inner_content():
        link = getattr(item, "address", None)
        for run in getattr(item, "runs", [item]):
            font = run.font
            found.append((run.text, run.bold, run.italic, font.size, font.color.rgb, run.style.name, link))
    return found


def plain(text, bold=None, italic=None, size=None, color=None, style="Default Paragraph Font", link=None):
    return text, bold, italic, size, color, style, link


def test_structure_styles_and_images(translated, image):
    document = docx.Document()
    document.add_heading("uno", 1)
    paragraph = document.add_paragraph("uno ", style="List Bullet")
    paragraph.add_run("dos").bold = True
    paragraph.add_run(" tres ")
    red = paragraph.add_run("cuatro")
    red.font.size, red.font.color.rgb = Pt(20), RGBColor(255, 0, 0)
    document.add_paragraph().add_run().add_picture(image)
    table = document.add_table(1, 2, style="Table Grid")
    table.cell(0, 0).text, table.cell(0, 1).text = "cinco", "12"
    document.sections[0].header.paragraphs[0].text = "seis"
    document.sections[0].footer.paragraphs[0].text = "siete"
    before = save(document)
    document = docx.Document(io.BytesIO(translated("a.docx", before)))
    heading, paragraph, picture = document.paragraphs
    assert (heading.text, heading.style.name) == ("one", "Heading 1")
    assert paragraph.style.name == "List Bullet"
    assert runs(paragraph) == [
        plain("one "),
        plain("two", bold=True),
        plain(" three "),
        plain("four", size=Pt(20), color=RGBColor(255, 0, 0)),
    ]
    assert len(picture._element.xpath(".//pic:pic")) == 1
    assert [shape.type for shape in document.inline_shapes] == [
        shape.type for shape in docx.Document(io.BytesIO(before)).inline_shapes
    ]
    table = document.tables[0]
    assert (table.style.name, [cell.text for cell in table.rows[0].cells]) == ("Table Grid", ["five", "12"])
    assert document.sections[0].header.paragraphs[0].text == "six"
    assert document.sections[0].footer.paragraphs[0].text == "seven"
    # All other parts of the package are as they were.
    parts = {part.partname: part.blob for part in docx.Document(io.BytesIO(before)).part.package.iter_parts()}
    after = {part.partname: part.blob for part in document.part.package.iter_parts()}
    assert {name for name, blob in after.items() if blob != parts[name]} <= {
        name for name in parts if any(each in name for each in ("document.xml", "header", "footer"))
    }
    assert any(name.startswith("/word/media/") for name in after) and parts.keys() == after.keys()


def add_xml(paragraph, xml: str) -> None:
    from docx.oxml.ns import nsdecls
    from docx.oxml.parser import parse_xml

    for child in [*parse_xml(f"<w:p {nsdecls('w', 'r', 'wp', 'a')}>{xml}</w:p>")]:
        paragraph._element.append(child)


def text(words: str, properties: str = "") -> str:
    return f'<w:r>{properties}<w:t xml:space="preserve">{words}</w:t></w:r>'


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def instruction(what: str) -> str:
    return f"<w:r><w:instrText>{what}</w:instrText></w:r>"


BOLD, ENGLISH = "<w:rPr><w:b/></w:rPr>", '<w:rPr><w:lang w:val="en-US"/></w:rPr>'


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        # Runs of one formatting are one text, also where they part a word.
        (text("un") + "<w:proofErr w:type='a'/>" + text("o do", ENGLISH) + text("s"), [("t", "one two")]),
        (text("uno ") + text("do", BOLD) + text("s", BOLD) + text(" tres"),
         [("t", "one "), ("b", "two"), ("t", " three")]),
        # A tab and a line break end a sentence, and stay where they are.
        ("<w:r><w:t>uno</w:t><w:tab/><w:t>dos</w:t><w:br/><w:t>tres</w:t></w:r>",
         [("t", "one"), "tab", ("t", "two"), "br", ("t", "three")]),
        # A link, and tracked changes.
        (text("uno ") + f'<w:hyperlink r:id="rId1" w:anchor="x">{text("dos")}</w:hyperlink>' + text(" tres"),
         [("t", "one "), ["hyperlink", ("t", "two")], ("t", " three")]),
        (text("uno ") + f'<w:ins w:id="1" w:author="a">{text("dos")}</w:ins>'
         '<w:del w:id="2"><w:r><w:delText>tres</w:delText></w:r></w:del>',
         [("t", "one "), ["ins", ("t", "two")], ["del", "delText"]]),
        (text("uno ") + f'<w:sdt><w:sdtPr/><w:sdtContent>{text("dos")}</w:sdtContent></w:sdt>',
         [("t", "one "), ["sdt", ["sdtPr"], ["sdtContent", ("t", "two")]]]),
        # Fields: a number of a page is an object, a link is a link.
        (text("uno ") + mark("begin") + instruction("PAGE") + mark("separate") + text("7") + mark("end") + text(" dos"),
         [("t", "one "), "fldChar", "instrText", "fldChar", ("t", "7"), "fldChar", ("t", " two")]),
        (text("uno ") + mark("begin") + instruction(' HYPERLINK "x"') + mark("separate") + text("dos") + mark("end"),
         [("t", "one "), "fldChar", "instrText", "fldChar", ("t", "two"), "fldChar"]),
        (text("uno ") + mark("begin") + text("dos"), [("t", "one "), "fldChar", ("t", "two")]),
        # Notes stay at their words, bookmarks and comments are around the paragraph.
        (text("uno") + '<w:r><w:footnoteReference w:id="2"/></w:r>' + text(" dos"),
         [("t", "one"), "footnoteReference", ("t", " two")]),
        (text("uno ") + '<w:bookmarkStart w:id="1" w:name="x"/>' + text("dos") + '<w:bookmarkEnd w:id="1"/>'
         + text(" tres"),
         [["bookmarkStart"], ("t", "one two three"), ["bookmarkEnd"]]),
        # Their marks may be in a run with text, or in another element.
        ('<w:r><w:t>uno </w:t><w:commentReference w:id="1"/></w:r>' + text("dos"),
         [("t", "one two"), "commentReference"]),
        (f'<w:hyperlink w:anchor="x">{text("uno")}<w:bookmarkEnd w:id="1"/></w:hyperlink>' + text(" dos"),
         [["hyperlink", ("t", "one")], ("t", " two"), ["bookmarkEnd"]]),
    ],
)  # fmt: skip
def test_what_stands_in_a_paragraph(translated, xml, expected):
    document = docx.Document()
    add_xml(document.add_paragraph(), xml)
    [paragraph] = docx.Document(io.BytesIO(translated("a.docx", save(document)))).paragraphs
    assert [shown(child) for child in paragraph._element] == expected


def shown(element):
    """A run as its text, bold or not, or as its object; another element with its children."""
    name = element.tag.rpartition("}")[2]
    if name != "r":
        return [name, *(("delText" if name == "del" else shown(child)) for child in element)]
    *_, piece = (child.tag.rpartition("}")[2] for child in element)
    if piece != "t":
        return piece
    return ("b" if element.find(".//w:b", element.nsmap) is not None else "t"), element[-1].text


def test_another_order(image):
    """Formatting, links and objects go where their words go, and nothing is lost."""
    document = docx.Document()
    paragraph = document.add_paragraph("uno ")
    paragraph.add_run("dos").bold = True
    paragraph.add_run().add_picture(image)
    add_xml(paragraph, f'<w:hyperlink w:anchor="x">{text("tres")}</w:hyperlink>')
    found = FORMATS[".docx"](save(document), "a.docx")
    [html] = found.texts
    start, dos, end, picture, link, tres, closed = re.fullmatch(
        "uno (<x-.>)(dos)(</x-.>)(<img id=.>)(<x-.>)(tres)(</x-.>)", html
    ).groups()
    translation = f"{link}{tres} {picture}{closed} & {start}{dos}{end} uno"
    [after] = docx.Document(io.BytesIO(found.write([translation]))).paragraphs
    assert [shown(child) for child in after._element] == [
        ["hyperlink", ("t", "tres "), "drawing"], ("t", " & "), ("b", "dos"), ("t", " uno"),
    ]  # fmt: skip


def test_what_has_no_text_is_left_as_it_is(translated):
    document = docx.Document()
    add_xml(document.add_paragraph(), '<w:r><w:t>1</w:t><w:tab/><w:t>2</w:t></w:r><w:proofErr w:type="x"/>')
    before = document.paragraphs[0]._element.xml
    document.add_paragraph("uno")
    after = docx.Document(io.BytesIO(translated("a.docx", save(document)))).paragraphs
    assert (after[0]._element.xml, after[1].text) == (before, "one")


def test_paragraphs_without_text_take_no_time(monkeypatch):
    read = []
    monkeypatch.setattr(office, "RunParagraph", lambda *given: read.append(given) or RunParagraph(*given))
    document = docx.Document()
    for words in ("", "1", "uno", "", " "):
        document.add_paragraph(words)
    assert FORMATS[".docx"](save(document), "a.docx").texts == ["uno"]
    assert len(read) == 1


def test_text_of_a_shape_in_a_paragraph(translated):
    document = docx.Document()
    box = f"<w:txbxContent><w:p>{text('dos')}</w:p></w:txbxContent>"
    shape = f'<w:r><w:pict><v:textbox xmlns:v="urn:schemas-microsoft-com:vml">{box}</v:textbox></w:pict></w:r>'
    add_xml(document.add_paragraph(), text("uno ") + shape + text("tres"))
    [paragraph] = docx.Document(io.BytesIO(translated("a.docx", save(document)))).paragraphs
    assert paragraph.text == "one three"
    assert [each.text for each in paragraph._element.xpath(".//w:txbxContent//w:t")] == ["two"]


@pytest.mark.parametrize("change", ["cut", "text", "empty", "older"])
def test_damaged(translated, change):
    document = docx.Document()
    document.add_paragraph("uno")
    data = save(document)
    data = {"cut": data[: len(data) // 2], "text": b"uno", "empty": b"", "older": b"\xd0\xcf\x11\xe0" + bytes(600)}[
        change
    ]
    with pytest.raises(UserError, match=r"a\.docx: is damaged"):
        translated("a.docx", data)
