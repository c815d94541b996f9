"""Documents of OpenDocument, made and read again by odfdo."""

import io
import zipfile

import pytest

from edge import UserError
from edge.documents.open_document import OpenDocument

odfdo = pytest.importorskip("odfdo")


def save(document) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def shown(element):
    """A paragraph's text and elements: of an element its name, style and content."""
    found = [element.text] if element.text else []
    for child in element.children:
        name = child.tag.partition(":")[2]
        style = child.get_attribute("text:style-name")
        found.append([name, style, *shown(child)] if style else [name, *shown(child)])
        found += [child.tail] if child.tail else []
    return found


def test_structure_styles_and_images(translated):
    document = odfdo.Document("text")
    body = document.body
    body.clear()
    document.insert_style(odfdo.Style("text", name="bold", bold=True), automatic=True)
    body.append(odfdo.Header(1, "uno"))
    paragraph = odfdo.Paragraph("uno dos tres", style="Quotations")
    paragraph.set_span("bold", regex="dos")
    body.append(paragraph)
    picture = document.add_file(io.BytesIO(b"image"))
    paragraph = odfdo.Paragraph("cuatro ")
    paragraph.append(odfdo.Frame.image_frame(picture, anchor_type="as-char"))
    body.append(paragraph)
    table = odfdo.Table("Table", width=2, height=1)
    table.set_values([["cinco", "12"]])
    body.append(table)
    items = odfdo.List(["seis", "siete"])
    body.append(items)
    document = odfdo.Document(io.BytesIO(translated("a.odt", before := save(document))))
    body = document.body
    assert [(each.level, each.text) for each in body.headers] == [("1", "one")]
    assert shown(body.get_paragraph(content="two")) == ["one ", ["span", "bold", "two"], " three"]
    assert body.get_paragraph(content="two").style == "Quotations"
    assert document.get_style("text", "bold").get_properties() == {
        "fo:font-weight": "bold",
        "style:font-weight-asian": "bold",
        "style:font-weight-complex": "bold",
    }
    assert shown(body.get_paragraph(content="four")) == ["four ", ["frame", ["image"]]]
    assert document.get_part(body.images[0].url) == b"image"
    assert [[cell.text_content.strip() for cell in row.cells] for row in body.tables[0].rows] == [["five", "12"]]
    assert [each.text_content.strip() for each in body.lists[0].get_items()] == ["six", "seven"]
    old = odfdo.Document(io.BytesIO(before))
    assert old.get_parts() == document.get_parts()
    changed = [
        name
        for name in old.get_parts()
        if not name.endswith("/") and old.container.get_part(name) != document.container.get_part(name)
    ]
    assert changed == ["content.xml"]


STYLES = (
    ("rsid1", {"officeooo:rsid": "1"}),
    ("rsid2", {"officeooo:rsid": "2"}),
    ("bold1", {"officeooo:rsid": "1", "fo:font-weight": "bold"}),
    ("bold2", {"officeooo:rsid": "2", "fo:font-weight": "bold"}),
    ("italic", {"fo:font-style": "italic"}),
)  # fmt: skip


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ("uno  \n  dos", ["one two"]),
        # Spans that the program made for itself, and spans of one formatting.
        ('<text:span text:style-name="rsid1">un</text:span>o do<text:span text:style-name="rsid2">s</text:span>',
         ["one two"]),
        ('uno <text:span text:style-name="bold1">do</text:span><text:span text:style-name="bold2">s</text:span> tres',
         ["one ", ["span", "bold1", "two"], " three"]),
        ('<text:span text:style-name="bold1">uno </text:span><text:span text:style-name="italic">dos</text:span>',
         [["span", "bold1", "one "], ["span", "italic", "two"]]),
        ('<text:span text:style-name="Known">uno <text:span text:style-name="italic">dos</text:span></text:span> tres',
         [["span", "Known", "one ", ["span", "italic", "two"]], " three"]),
        # Links, notes, spaces, tabs, line ends.
        ('uno <text:a xlink:href="x">dos</text:a> tres', ["one ", ["a", "two"], " three"]),
        ('uno<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
         "<text:p>dos</text:p></text:note-body></text:note> tres",
         ["one", ["note", ["note-citation", "1"], ["note-body", ["p", "two"]]], " three"]),
        ('<text:s text:c="3"/>uno<text:tab/>dos<text:line-break/>tres<text:s/>',
         [["s", "   "], "one", ["tab", "\t"], "two", ["line-break", "\n"], "three "]),
        ('uno <text:bookmark-start text:name="x"/>dos<text:bookmark-end text:name="x"/> tres',
         [["bookmark-start"], "one two three", ["bookmark-end"]]),
        ("uno<text:soft-page-break/> dos <text:page-number>7</text:page-number>", ["one two ", ["page-number", "7"]]),
        ("1<text:tab/>2", ["1", ["tab", "\t"], "2"]),
    ],
)  # fmt: skip
def test_what_stands_in_a_paragraph(translated, xml, expected):
    document = odfdo.Document("text")
    document.body.clear()
    for name, properties in STYLES:
        style = odfdo.Style("text", name=name)
        style.set_properties(properties, area="text")
        document.insert_style(style, automatic=True)
    document.body.append(odfdo.Element.from_tag(f"<text:p>{xml}</text:p>"))
    found = odfdo.Document(io.BytesIO(translated("a.odt", save(document))))
    assert shown(found.body.paragraphs[0]) == expected


def test_many_spaces():
    """What is small as a file does not become a long text."""
    names = 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    content = f"<text:p {names}>uno" + '<text:s text:c="1000"/>' * 1000 + "dos</text:p>"
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        written.writestr("content.xml", content)
    [text] = OpenDocument(stream.getvalue(), "a.odt").texts
    assert text == f"uno{' ' * 100_000}dos" and len(text) < 5 * len(content)


def test_slides(translated):
    document = odfdo.Document("presentation")
    document.body.clear()
    page = odfdo.DrawPage("page1", name="uno")
    page.append(odfdo.Frame.text_frame("dos tres", name="cuatro", style="s"))
    document.body.append(page)
    [page] = odfdo.Document(io.BytesIO(translated("a.odp", save(document)))).body.get_draw_pages()
    [frame] = page.get_frames()
    assert (page.name, frame.name, frame.style, frame.text_content.strip()) == ("uno", "cuatro", "s", "two three")


@pytest.mark.parametrize("data", [b"", b"uno", b"PK\3\4"])
def test_damaged(translated, data):
    with pytest.raises(UserError, match=r"a\.odt: is damaged"):
        translated("a.odt", data)
