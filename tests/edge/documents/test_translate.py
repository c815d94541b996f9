"""A file is translated whole, or there is none; nothing is overwritten."""

import sys

import pytest

from edge import Control, SearchOptions
from edge.__main__ import main
from edge.documents import FORMATS
from edge.documents import translate as module
from edge.errors import MissingPackageError, UserError


def run(capsys, *arguments) -> tuple[int, str]:
    return main([*map(str, ("translate-file", *arguments))]), capsys.readouterr().err


def test_the_command(toy, tmp_path, capsys):
    source, target = tmp_path / "a.TXT", tmp_path / "b.txt"
    source.write_text("uno\ndos tres\n")
    assert run(capsys, toy, source, "--out", target, "--beam", 2) == (0, "")
    assert target.read_text() == "one\ntwo three\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.TXT", "b.txt"]


def test_a_glossary(toy, tmp_path, capsys):
    source, terms = tmp_path / "a.txt", tmp_path / "terms.tsv"
    source.write_text("uno dos tres\nuno\n")
    terms.write_text("dos\tsix\n")
    assert run(capsys, toy, source, "--out", tmp_path / "b.txt", "--glossary", terms) == (0, "")
    first, second = (tmp_path / "b.txt").read_text().splitlines()
    assert "six" in first.split() and second == "one"


@pytest.mark.parametrize(
    ("name", "out", "message"),
    [
        ("a.txt", "a.txt", "would overwrite"),
        ("a.txt", "old.txt", "already exists"),
        ("a.txt", "b.srt", "formats are kept; name a file that ends with .txt"),
        ("a.txt", "none/b.txt", "there is no directory"),
        ("a.doc", "b.doc", "'.doc' cannot be translated; known: .txt"),
        ("a", "b", "a: has no suffix, which says of which format it is; name it with one of .txt, "),
        ("missing.txt", "b.txt", "cannot be read"),
        ("folder.txt", "b.txt", "cannot be read"),
        ("latin.txt", "b.txt", "is not UTF-8"),
    ],
)
def test_refused(toy, tmp_path, capsys, name, out, message):
    for each in ("a.txt", "old.txt", "a.doc", "a"):
        (tmp_path / each).write_text("uno")
    (tmp_path / "latin.txt").write_bytes(b"ma\xf1ana")
    (tmp_path / "folder.txt").mkdir()
    before = sorted(tmp_path.iterdir())
    status, error = run(capsys, toy, tmp_path / name, "--out", tmp_path / out)
    assert status == 2 and message in error and error.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before
    assert (tmp_path / "old.txt").read_text() == "uno"


def test_a_file_that_is_too_large(translated, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    assert translated("a.txt", b"uno dos\n12") == b"one two\n12"
    with pytest.raises(UserError, match=r"b\.txt: has more than 10 bytes"):
        translated("b.txt", b"uno dos\n123")


def test_nothing_is_half_written(translator, tmp_path, monkeypatch):
    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    source = tmp_path / "a.txt"
    with open(source, "wb") as stream:
        stream.write(b"uno")
    with pytest.raises(UserError, match="No space left"):
        module.translate_file(source, tmp_path / "b.txt", translator, SearchOptions(), Control())
    assert [*tmp_path.iterdir()] == [source]


@pytest.mark.parametrize("control", [Control(prefix="one"), Control(required=["one"])])
def test_what_is_for_one_sentence(translator, tmp_path, control):
    (tmp_path / "a.txt").write_text("uno")
    with pytest.raises(UserError, match="many sentences"):
        module.translate_file(tmp_path / "a.txt", tmp_path / "b.txt", translator, SearchOptions(), control)


@pytest.mark.parametrize(
    "suffix", [suffix for suffix in FORMATS if suffix in (".po", ".docx", ".pptx", ".odt", ".odp", ".epub")]
)
def test_the_extra_is_not_installed(suffix, monkeypatch):
    for name in ("polib", "lxml", "lxml.etree"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackageError, match=rf'translating \{suffix} files .* pip install "keras-s2s\[files\]"'):
        FORMATS[suffix](b"", f"a{suffix}")
