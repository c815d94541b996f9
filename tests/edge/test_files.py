import os

import pytest

from edge.errors import UserError
from edge.files import making, replacing, write_whole


def test_a_file_is_replaced_at_the_end_and_not_before(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
        assert (partial.suffix, partial.parent) == (".txt", tmp_path)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_after_an_error_the_file_is_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), replacing(path) as partial:
        partial.write_text("ne")
        raise OSError("full")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_bytes_are_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_whole(path, b"old")
    write_whole(os.fspath(path), memoryview(b"new"))
    assert path.read_bytes() == b"new"
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UserError, match=r"a\.txt: cannot be written \(No space left on device\)$"):
        write_whole(path, b"newer")
    assert path.read_bytes() == b"new" and os.listdir(tmp_path) == ["a.txt"]
    with pytest.raises(UserError, match="cannot be written"):
        write_whole(tmp_path / "nowhere" / "a.txt", b"")


@pytest.mark.parametrize("there", [False, True])
def test_a_directory_is_there_whole(tmp_path, there):
    out = tmp_path / "in" / "out"
    if there:
        out.mkdir(parents=True)
    with making(out) as partial:
        (partial / "a.txt").write_text("whole")
        assert not out.exists() or not os.listdir(out)
    assert (out / "a.txt").read_text() == "whole"
    assert os.listdir(tmp_path / "in") == ["out"]


def test_after_an_error_there_is_no_directory(tmp_path):
    with pytest.raises(OSError, match="full"), making(tmp_path / "out") as partial:
        (partial / "a.txt").write_text("ha")
        raise OSError("full")
    assert os.listdir(tmp_path) == []


def test_what_a_directory_holds_is_not_replaced(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(OSError, match="not empty"), making(tmp_path / "out") as partial:
        (partial / "a.txt").write_text("new")
    assert os.listdir(tmp_path) == ["out"] and os.listdir(tmp_path / "out") == ["mine.txt"]
