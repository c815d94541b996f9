"""Lines of text, from whatever editor wrote them."""

import codecs
import io
import subprocess
import sys

import pytest

from edge.errors import UserError
from edge.lines import read_lines

TEXT = "uno ñ\r\n\ufeffdos\n\ntres"
LINES = ["uno ñ", "\ufeffdos", "", "tres"]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_only_the_first_mark_is_one(mark):
    assert list(read_lines(io.BytesIO(mark + TEXT.encode()))) == LINES


@pytest.mark.parametrize("data", [b"", codecs.BOM_UTF8])
def test_nothing(data):
    assert "".join(read_lines(io.BytesIO(data))) == ""


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_is_named(encoding):
    with pytest.raises(UserError, match=r"^notes\.txt: is UTF-16 or no text; convert it to UTF-8$"):
        list(read_lines(io.BytesIO(TEXT.encode(encoding)), "notes.txt"))


def test_a_line_of_another_encoding_is_named():
    lines = read_lines(io.BytesIO(b"uno\ndos\n\xf1\n"), "notes.txt")
    assert [next(lines), next(lines)] == ["uno", "dos"]
    with pytest.raises(UserError, match=r"^notes\.txt, line 3: is not UTF-8; "):
        next(lines)


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_standard_input_and_files(root, toy, tmp_path, mark):
    def run(*arguments: object, given: bytes = b"") -> subprocess.CompletedProcess:
        command = [sys.executable, "-m", "edge", *map(str, arguments)]
        return subprocess.run(command, cwd=root, input=given, capture_output=True)

    done = run("translate", toy, given=mark + b"uno dos\ntres\n")
    assert (done.returncode, done.stdout) == (0, b"one two\nthree\n")
    (tmp_path / "sentences").write_bytes(mark)
    done = run("bench", toy, "--source", tmp_path / "sentences")
    assert done.returncode == 2 and b"has no sentences" in done.stderr
