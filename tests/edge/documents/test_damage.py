"""Damaged files of every format: read, or refused in one line that names the file; never anything else."""

import io
import random
import zipfile
from collections.abc import Callable

import pytest

from edge import UserError
from edge.documents import FORMATS, find_format

PIECES = [b"<", b">", b"&", b'"', b"\n", b"-->", b"{", b"\0", b"</w:r>", b"\xc3", b"msgstr", b"\\", b"\r"]


def text_files() -> dict[str, bytes]:
    return {
        ".txt": b"uno\r\n dos\n",
        ".html": b"<p class='a'>uno <b>dos</b><br>tres &amp; 4</p>",
        ".srt": b"1\n00:00:01,000 --> 00:00:02,000\n{\\an8}<i>uno\n- dos</i>\n\n2\n00:00:03,000 --> 00:00:04,000\n3\n",
        ".vtt": b"WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:02.000 line:0\n<v Ana>uno &amp; <b>dos</b>\n<00:01.500>tres\n",
        ".po": b'# x\nmsgid ""\nmsgstr "a: b\\n"\n\nmsgid "uno"\nmsgid_plural "dos"\nmsgstr[0] ""\nmsgstr[1] ""\n',
        ".json": b'{"uno": ["dos", {"a\\u00f1": "tres \\"x"}], "b": null, "c": 1.5}',
    }


def documents() -> dict[str, bytes]:
    docx, pptx, odfdo = map(pytest.importorskip, ("docx", "pptx", "odfdo"))
    word, slides, text = docx.Document(), pptx.Presentation(), odfdo.Document("text")
    word.add_paragraph("uno ").add_run("dos").bold = True
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = "uno dos"
    text.body.append(
        odfdo.Element.from_tag('<text:p>uno <text:a xlink:href="x">dos</text:a><text:s text:c="3"/> tres</text:p>')
    )
    found = {}
    for suffix, document in ((".docx", word), (".pptx", slides), (".odt", text)):
        stream = io.BytesIO()
        document.save(stream)
        found[suffix] = stream.getvalue()
    return found


SPACES = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = " ".join(f'xmlns:{name}="{SPACES}{name}:1.0"' for name in ("office", "text", "style"))


def packed(content: str, method: int) -> bytes:
    """An archive with the text of a document of OpenDocument."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as written:
        written.writestr("content.xml", content)
    return stream.getvalue()


def damaged(data: bytes, choice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(choice.randint(1, 4)):
        place = choice.randrange(len(changed) + 1)
        match choice.randrange(5):
            case 0:
                changed[place : place + 1] = bytes([choice.randrange(256)])
            case 1:
                del changed[place : place + choice.randint(1, 30)]
            case 2:
                changed[place:place] = changed[choice.randrange(len(changed) + 1) :][:50]
            case 3:
                del changed[place:]
            case 4:
                changed[place:place] = choice.choice(PIECES)
    return bytes(changed)


def damaged_inside(data: bytes, choice: random.Random) -> bytes:
    """A sound archive with damage in a member."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(stream, "w") as written:
        texts = ("document.xml", "content.xml", "styles.xml", "slide1.xml", "[Content_Types].xml")
        member = choice.choice([name for name in archive.namelist() if name.endswith(texts)])
        for name in archive.namelist():
            content = archive.read(name)
            written.writestr(name, damaged(content, choice) if name == member else content)
    return stream.getvalue()


def check(suffix: str, data: bytes) -> bool:
    """Whether a file can be read; then it can be written, and read again."""
    name = f"a{suffix}"
    try:
        document = find_format(name)(data, name)
    except UserError as error:
        assert str(error).startswith(name) and "\n" not in str(error)
        return False
    written = document.write(document.texts)
    # A catalogue has nothing left to translate.
    assert suffix == ".po" or len(FORMATS[suffix](written, name).texts) == len(document.texts)
    return True


@pytest.mark.parametrize(
    ("files", "damage", "number", "outcomes"),
    # Of an archive hardly anything is left that can be read.
    [
        (text_files, damaged, 200, {True, False}),
        (documents, damaged, 20, {False}),
        (documents, damaged_inside, 60, {True, False}),
    ],
)
def test_damage(
    files: Callable[[], dict[str, bytes]],
    damage: Callable[[bytes, random.Random], bytes],
    number: int,
    outcomes: set[bool],
):
    for suffix, data in files().items():
        if suffix == ".po":
            pytest.importorskip("polib")
        read = [check(suffix, damage(data, random.Random(f"{suffix} {seed}"))) for seed in range(number)]
        assert check(suffix, data)
        assert outcomes <= set(read), suffix


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_compression(method: int):
    pytest.importorskip("lxml")
    data = packed(f"<office:body {NAMES}>{'<text:p>uno dos tres</text:p>' * 20}</office:body>", method)
    assert check(".odt", data) == (method == zipfile.ZIP_DEFLATED)
    for seed in range(200):
        changed, choice = bytearray(data), random.Random(seed)
        changed[choice.randrange(len(changed))] = choice.randrange(256)
        check(".odt", bytes(changed))


@pytest.mark.parametrize(
    "content",
    [
        # More digits than Python takes for a number, and numbers that are none.
        *(
            f'<office:body {NAMES}><text:p>uno<text:s text:c="{count}"/>dos</text:p></office:body>'
            for count in ("9" * 5000, "-1", "1e9", "")
        ),
        # A style that is in nothing.
        f'<style:style {NAMES} style:family="text"/>',
    ],
)
def test_damaged_text(content: str):
    pytest.importorskip("lxml")
    assert check(".odt", packed(content, zipfile.ZIP_DEFLATED))
