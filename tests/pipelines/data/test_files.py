"""Which files are read, whatever they are called, and what is said of the others."""

import bz2
import gzip
import io
import lzma
import os
import socket
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.errors import UserError
from pipelines.data.files import check_file, read_text, shown
from pipelines.data.images import ImageReader
from pipelines.data.pairs import PairReader

TEXT = "uno\tone\ndos\ttwo\n" * 50
PAIRS = [("uno", "one"), ("dos", "two")] * 50


def refused(path: object) -> str:
    """What reading pairs says; always one line that can be printed."""
    with pytest.raises(UserError) as caught:
        list(PairReader(path))
    message = str(caught.value)
    assert "\n" not in message and message.encode("utf-8")
    return message


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz", "a.xz", "a.zip"])
@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress, bytes])
def test_content_decides_not_the_name(tmp_path, name, compress):
    (tmp_path / name).write_bytes(compress(TEXT.encode()))
    assert list(PairReader(tmp_path / name)) == PAIRS


def test_compressed_twice(tmp_path):
    (tmp_path / "a.gz").write_bytes(gzip.compress(lzma.compress(TEXT.encode())))
    assert list(PairReader(tmp_path / "a.gz")) == PAIRS


@pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
def test_damaged_compressed_files(tmp_path, compress):
    whole = compress(os.urandom(5000).hex().encode())
    (tmp_path / "cut").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "flipped").write_bytes(whole[:500] + bytes(100) + whole[600:])
    for name in ("cut", "flipped"):
        assert "damaged or truncated" in refused(tmp_path / name)


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.tsv", TEXT)
    return stream.getvalue()


def _tar(mode: str) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode=mode) as archive:
        member = tarfile.TarInfo("a.tsv")
        member.size = len(TEXT)
        archive.addfile(member, io.BytesIO(TEXT.encode()))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (_zip(), "is a zip archive, not text; unpack it"),
        (_tar("w"), "is a tar archive"),
        (_tar("w:gz"), "is a tar archive"),
        (_tar("w:xz"), "is a tar archive"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(50), "is a 7z archive"),
        (b"\x28\xb5\x2f\xfd" + bytes(50), "is compressed with zstd, not text; decompress it"),
        (b"%PDF-1.7\n", "is a PDF document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(200)), "is a binary file"),
        (os.urandom(4096), "is a binary file"),
        ("uno\tone\n".encode("utf-16-le"), "or UTF-16 without a byte order mark"),
    ],
    ids=["zip", "tar", "tar.gz", "tar.xz", "7z", "zstd", "pdf", "png", "random", "utf-16"],
)
@pytest.mark.parametrize("name", ["a.tsv", "a.gz"])
def test_what_is_no_text_is_named(tmp_path, data, said, name):
    (tmp_path / name).write_bytes(data)
    message = refused(tmp_path / name)
    assert message.startswith(f"{tmp_path / name}: ") and said in message


def test_text_with_a_control_character_is_text(tmp_path):
    (tmp_path / "a.tsv").write_bytes(b"uno\x00\tone\n" + TEXT.encode())
    assert len(list(PairReader(tmp_path / "a.tsv"))) == 101


class TestWhatIsNoFile:
    """Pipes and the like can be read once, if at all; every reader says so before it opens them."""

    @pytest.fixture(params=["pipe", "fd", "socket", "device"])
    def path(self, request, tmp_path: Path, monkeypatch) -> Iterator[str]:
        name = tmp_path / "a.txt"
        if request.param == "pipe":
            os.mkfifo(name)
            yield str(name)
        elif request.param == "fd":
            # As the shell's <(...) has it.
            ends = os.pipe()
            yield f"/dev/fd/{ends[0]}"
            for end in ends:
                os.close(end)
        elif request.param == "socket":
            with socket.socket(socket.AF_UNIX) as listening:
                # A socket's name is short.
                monkeypatch.chdir(tmp_path)
                listening.bind("a.txt")
                yield str(name)
        else:
            yield "/dev/zero"

    @pytest.mark.parametrize("read", [PairReader, lambda path: ImageReader(path, 3, 1), check_file, read_text])
    def test_is_refused(self, path, read):
        with pytest.raises(UserError, match=r"is a (pipe|socket|device), which can be read only once; write the data"):
            read(path)

    def test_in_a_table_of_images(self, path, tmp_path):
        table = tmp_path / "pairs.csv"
        table.write_text(f"{path},{path}\n")
        with pytest.raises(UserError, match=r"pairs\.csv:1: .* is a (pipe|socket|device)"):
            ImageReader(table, 3, 1)


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Path]:
    """A directory that this process may not enter."""
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "a.tsv").write_text(TEXT)
    folder.chmod(0)
    root = os.geteuid() == 0
    if root:
        # To root nothing is locked.
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    folder.chmod(0o700)


READERS = [PairReader, lambda path: ImageReader(path, 3, 1), read_text]


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("inside", ["a.tsv", "*.tsv"])
def test_a_directory_that_may_not_be_entered(locked, read, inside):
    with pytest.raises(UserError, match=r"cannot be read \(Permission denied\)"):
        read(locked / inside)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("x" * 256, r"x{10,}\.\.\.: cannot be read \(File name too long\)"),
        ("Una frase muy larga.\n" * 40, r"Una frase muy larga\.\\nUna .*\.\.\.: cannot be read"),
        (os.fsdecode(b"ma\xf1ana.tsv"), r"^ma\\udcf1ana\.tsv: the name is not UTF-8; rename it$"),
        ("a\0b", r"^a\\x00b: is no path"),
        ("gone/a.tsv", "gone/a.tsv: no such file"),
    ],
)
def test_what_cannot_be_a_path(read, name, said):
    with pytest.raises(UserError, match=said) as error:
        read(name)
    assert "\n" not in str(error.value)


def test_a_regular_file_behind_a_link_is_one(tmp_path):
    (tmp_path / "a.tsv").write_text(TEXT)
    (tmp_path / "link.tsv").symlink_to("a.tsv")
    assert list(PairReader(tmp_path / "link.tsv")) == PAIRS
    (tmp_path / "broken.tsv").symlink_to("gone.tsv")
    assert "no such file" in refused(tmp_path / "broken.tsv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_small_texts(tmp_path, encoding):
    (tmp_path / "a.txt").write_text("núcleo\nb\n", encoding=encoding)
    assert read_text(tmp_path / "a.txt") == "núcleo\nb\n"


def test_small_texts_that_are_not_valid(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"a\nb\xf1\n")
    with pytest.raises(UserError, match=r"a\.txt:2: not valid UTF-8 \(byte 0xf1\)"):
        read_text(tmp_path / "a.txt")


def test_names_in_messages():
    assert shown("núcleo 1.tsv") == "núcleo 1.tsv"
    assert shown("a\x1b[31m.tsv") == r"a\x1b[31m.tsv"
