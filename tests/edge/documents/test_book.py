"""E-books, made and read again as archives."""

import io
import zipfile
from xml.etree import ElementTree

import pytest

from edge import UserError

pytest.importorskip("lxml")

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
PACKAGE = """<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>uno dos</dc:title><dc:creator>uno</dc:creator>
<dc:identifier id="id">dos</dc:identifier></metadata>
<manifest><item id="a" href="text/one%20page.xhtml" media-type="application/xhtml+xml"/>
<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>
<item id="i" href="i.png" media-type="image/png"/>
<item id="x" href="https://example.org/x.xhtml" media-type="application/xhtml+xml"/></manifest>
<spine toc="ncx"><itemref idref="a"/></spine></package>"""
CONTENTS = """<?xml version="1.0"?>
<!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/2005/ncx-2005-1.dtd">
<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><docTitle><text>tres</text></docTitle><navMap><navPoint id="n">
<navLabel><text>cuatro</text></navLabel><content src="text/one%20page.xhtml"/></navPoint></navMap></ncx>"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>cinco</title><style>p { color: red }</style></head>
<body><h1 class="uno">seis</h1><p>uno <i>dos</i><img src="../i.png" alt="uno"/></p>
<p>tres &amp;&#160;4<br/></p></body></html>"""
MEMBERS = {
    "mimetype": "application/epub+zip",
    "META-INF/container.xml": CONTAINER,
    "OEBPS/book.opf": PACKAGE,
    "OEBPS/toc.ncx": CONTENTS,
    "OEBPS/text/one page.xhtml": PAGE,
    "OEBPS/text/other.xhtml": PAGE,
    "OEBPS/i.png": "image",
}


def packed(members: dict[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as written:
        for name, text in members.items():
            written.writestr(name, text, zipfile.ZIP_STORED if name == "mimetype" else None)
    return stream.getvalue()


def test_structure_styles_and_images(translated):
    page = PAGE.replace("tres &amp;&#160;4", "tres")
    data = translated("a.epub", packed({**MEMBERS, "OEBPS/text/one page.xhtml": page}))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        found = {name: archive.read(name).decode() for name in archive.namelist()}
        first = archive.infolist()[0]
    # Readers know the format by its first bytes.
    assert (first.filename, first.compress_type, data[30:58]) == ("mimetype", 0, b"mimetypeapplication/epub+zip")
    assert [*found] == [*MEMBERS]
    expected = page.replace("cinco", "five").replace("seis", "six").replace("<p>uno", "<p>one")
    expected = expected.replace("dos", "two").replace("tres", "three")
    assert found["OEBPS/text/one page.xhtml"] == expected
    for name in ("mimetype", "META-INF/container.xml", "OEBPS/i.png", "OEBPS/text/other.xhtml"):
        assert found[name] == MEMBERS[name]
    for name, words in {
        "OEBPS/book.opf": {"uno dos": "one two"},
        "OEBPS/toc.ncx": {"tres": "three", "cuatro": "four"},
    }.items():
        expected = MEMBERS[name]
        for word, translation in words.items():
            expected = expected.replace(f">{word}<", f">{translation}<")
        assert ElementTree.canonicalize(found[name]) == ElementTree.canonicalize(expected)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("META-INF/container.xml", None, "it has no META-INF/container.xml"),
        ("META-INF/container.xml", "<x", "META-INF/container.xml: "),
        ("OEBPS/book.opf", None, "it has no OEBPS/book.opf"),
        ("OEBPS/book.opf", "<x/>", "has no page"),
        ("OEBPS/text/one page.xhtml", None, "has no page"),
    ],
)
def test_damaged(translated, name, text, message):
    members = {**MEMBERS, name: text} if text is not None else {key: MEMBERS[key] for key in MEMBERS if key != name}
    with pytest.raises(UserError, match=rf"a\.epub: is damaged: .*{message}"):
        translated("a.epub", packed(members))


def test_a_page_that_is_not_utf_8(translated):
    members = {**MEMBERS, "OEBPS/text/one page.xhtml": PAGE.encode("utf-16")}
    with pytest.raises(UserError, match=r"a\.epub: OEBPS/text/one page\.xhtml: is UTF-16"):
        translated("a.epub", packed(members))
