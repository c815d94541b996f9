"""Zip archives: all members come back; what is damaged, encrypted or a bomb is an error."""

import io
import random
import struct
import zipfile

import pytest

from edge import UserError
from edge.documents import archive as module
from edge.documents.archive import Archive

DATE = (2020, 1, 2, 3, 4, 6)


def packed(members: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as written:
        written.comment = b"comment"
        for name, data in members.items():
            info = zipfile.ZipInfo(name, DATE)
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else compression
            written.writestr(info, data)
    return stream.getvalue()


MEMBERS = {"mimetype": b"text/x", "folder/": b"", "b.xml": b"b" * 1000, "a": bytes(range(256))}


def test_members_come_back():
    data = packed(MEMBERS)
    archive = Archive(data, "a.zip")
    assert archive.names == [*MEMBERS] and archive.read("a") == MEMBERS["a"]
    assert archive.write({}) == data
    with zipfile.ZipFile(io.BytesIO(archive.write({"b.xml": b"new"}))) as found:
        assert {name: found.read(name) for name in found.namelist()} == {**MEMBERS, "b.xml": b"new"}
        assert [info.compress_type for info in found.infolist()] == [0, 8, 8, 8]
        assert {info.date_time for info in found.infolist()} == {DATE}


@pytest.mark.parametrize("place", [40, -60, -10])
def test_one_damaged_byte(place):
    data = bytearray(packed({"a": b"0123456789" * 20}, zipfile.ZIP_STORED))
    data[place] ^= 0xFF
    try:
        archive = Archive(bytes(data), "a.zip")
    except UserError as error:
        assert str(error).startswith("a.zip: ")
    else:
        # A name, a date or a comment.
        assert len(archive.names) == 1


def test_what_is_inside_is_checked():
    data = bytearray(packed({"a": b"0123456789" * 20}, zipfile.ZIP_STORED))
    data[50] ^= 1
    with pytest.raises(UserError, match=r"a\.zip: is damaged: 'a' has other bytes"):
        Archive(bytes(data), "a.zip")


@pytest.mark.parametrize("data", [b"", b"PK\3\4", b"text", packed(MEMBERS)[:-30], packed(MEMBERS)[:100]])
def test_no_archive(data):
    with pytest.raises(UserError, match=r"a\.zip: is damaged"):
        Archive(data, "a.zip")


def test_bombs(monkeypatch):
    monkeypatch.setattr(module, "MAX_UNPACKED", 1_000_000)
    data = packed({"a": bytes(600_000), "b": bytes(600_000)})
    assert len(data) < 10_000
    with pytest.raises(UserError, match="has 1200000 bytes when unpacked, more than 1000000"):
        Archive(data, "a.zip")
    # One that says that it is smaller than it is.
    lying = data.replace(struct.pack("<I", 600_000), struct.pack("<I", 10))
    with pytest.raises(UserError, match="is damaged"):
        Archive(lying, "a.zip")
    monkeypatch.setattr(module, "MAX_MEMBERS", 2)
    with pytest.raises(UserError, match="has 4 members, more than 2"):
        Archive(packed(MEMBERS), "a.zip")


def test_few_bytes_that_become_many(monkeypatch):
    monkeypatch.setattr(module, "SMALL", 10_000)
    monkeypatch.setattr(module, "MAX_RATIO", 20)
    # Repetition is no bomb where the file is small, or has enough beside it.
    noise = random.Random(1).randbytes(5_000)
    for members in ({"a": bytes(10_000)}, {"a": bytes(50_000), "b": noise}):
        assert Archive(packed(members), "a.zip").read("a") == members["a"]
    for members in ({"a": bytes(10_001)}, {name: bytes(5_000) for name in "abc"}):
        size = sum(map(len, members.values()))
        with pytest.raises(
            UserError, match=f"a.zip: has {size} bytes when unpacked, more than 20 times its size; split it"
        ):
            Archive(packed(members), "a.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compression(method):
    data = packed(MEMBERS, method)
    # Sound, or damaged in a member.
    for place in (-1, *range(200, 260)):
        changed = bytearray(data)
        changed[place] ^= 0x5A
        with pytest.raises(
            UserError, match=r"a\.zip: is (damaged|compressed in a way that documents are not; save it)"
        ):
            Archive(bytes(changed), "a.zip")


def test_encrypted():
    data = bytearray(packed({"a": b"x"}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.index(signature) + offset] |= 1
    with pytest.raises(UserError, match="is encrypted"):
        Archive(bytes(data), "a.zip")


def test_no_such_member():
    with pytest.raises(UserError, match="it has no b"):
        Archive(packed({"a": b""}), "a.zip").read("b")
