"""XML in documents: entities, external files, damage."""

import io
import zipfile

import pytest

from edge import UserError
from edge.documents import find_format, xml_document

pytest.importorskip("lxml")

TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/d.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BODY = f'<w:document xmlns:w="{WORDS}"><w:body><w:p><w:r><w:t>{{}}</w:t></w:r></w:p></w:body></w:document>'
LAUGHS = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))


def read(document: str):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        written.writestr("[Content_Types].xml", TYPES)
        written.writestr("d.xml", document)
    return find_format("a.docx")(stream.getvalue(), "a.docx")


def test_text():
    assert read(BODY.format("uno &amp; dos")).texts == ["uno &amp; dos"]


@pytest.mark.parametrize(
    "document",
    [
        f'<!DOCTYPE x [<!ENTITY e0 "laugh">{LAUGHS}]>{BODY.format("&e11;")}',
        f'<!DOCTYPE x [<!ENTITY e0 "laugh">{LAUGHS}]>' + BODY.format("uno").replace("<w:p>", '<w:p a="&e11;">'),
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>{BODY.format("&e;")}',
        BODY.format("uno") + "<",
        BODY.format("uno")[:-20],
        "<a>" * 100_000,
        "",
    ],
)  # fmt: skip
def test_bombs_and_damage(document):
    with pytest.raises(UserError, match=r"a\.docx: (is damaged: d\.xml|d\.xml declares entities)"):
        read(document)


def test_too_many_paragraphs(monkeypatch):
    monkeypatch.setattr(xml_document, "MAX_PARAGRAPHS", 3)
    paragraph = "<w:p><w:r><w:t>uno</w:t></w:r></w:p>"
    most = BODY.format("uno").replace("<w:p>", f"{paragraph * 2}<w:p/><w:p>")
    assert len(read(most).texts) == 3
    with pytest.raises(UserError, match=r"a\.docx: has more than 3 paragraphs with text; split it"):
        read(most.replace("<w:p/>", paragraph))


def test_nothing_from_elsewhere_is_read(tmp_path):
    (tmp_path / "x.dtd").write_text('<!ENTITY e "uno">')
    assert read(f'<!DOCTYPE x SYSTEM "{tmp_path / "x.dtd"}">{BODY.format("&e;")}').texts == []


def test_a_part_is_missing():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        written.writestr("[Content_Types].xml", TYPES)
    with pytest.raises(UserError, match=r"a\.docx: is damaged: it has no d\.xml"):
        find_format("a.docx")(stream.getvalue(), "a.docx")
