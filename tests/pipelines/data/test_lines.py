"""Line ends of all kinds, and byte order marks, against lines that are written out here."""

import io

import pytest

from edge.errors import UserError
from pipelines.data.lines import MAX_LINE_BYTES, read_lines


def lines(data: bytes) -> list[str | None]:
    numbered = list(read_lines(io.BytesIO(data), "x"))
    assert [number for number, _ in numbered] == list(range(1, len(numbered) + 1))
    return [text for _, text in numbered]


ROWS = ["uno\tone", "no tab", "dos\ttwo", "tres\tthree"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_ends(end, last):
    text = end.join(ROWS) + (end if last else "")
    assert lines(text.encode()) == ROWS


def test_mixed_line_ends():
    assert lines(b"a\tA\rb\tB\nc\tC\r\nd\tD\re\tE") == ["a\tA", "b\tB", "c\tC", "d\tD", "e\tE"]


def test_a_cr_inside_text_does_not_end_a_line():
    """One row, so the CR separates nothing; neither does what else Unicode calls a line break."""
    assert lines(b"a\tone\ry\nb\rc\ttwo\n") == ["a\tone\ry", "b\rc\ttwo"]
    assert lines("uno\u2028dos\u0085tres\x0bx\tone\n".encode()) == ["uno\u2028dos\u0085tres\x0bx\tone"]


@pytest.mark.parametrize("end", [b"\r", b"\r\n", b"\n"])
@pytest.mark.parametrize("shift", [0, 1, 2])
def test_files_of_many_blocks(end, shift):
    """Lines and their ends that lie across the borders of blocks."""
    rows = ["x" * shift + "\ty", *(f"row {number}\t{number * 7919}" for number in range(20_000))]
    assert lines(end.join(row.encode() for row in rows) + end) == rows


@pytest.mark.parametrize("end", [b"\r", b"\n"])
def test_a_line_that_is_too_long(end):
    long = b"x" * MAX_LINE_BYTES * 3
    rows = [b"a\tA", b"b\tB"]
    found = lines(end.join([*rows * 9, long + b"\t" + long, *rows]) + end)
    assert found == [*["a\tA", "b\tB"] * 9, None, "a\tA", "b\tB"]


def test_blank_lines_are_lines():
    assert lines(b"\n\na\tb\n\n") == ["", "", "a\tb", ""]
    assert lines(b"a\tA\r\rb\tB\r") == ["a\tA", "", "b\tB"]
    assert lines(b"") == lines(b"\xef\xbb\xbf") == []


def test_a_byte_order_mark_is_no_text():
    assert lines(b"\xef\xbb\xbf a \r\n\xef\xbb\xbfb\n") == [" a ", "\ufeffb"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
@pytest.mark.parametrize("mark", ["-le", "-be"])
def test_other_encodings_with_a_byte_order_mark(encoding, mark):
    text = "".join(f"mañana {number}\t明日 😀\r\n" for number in range(9000))
    assert lines(f"\ufeff{text}".encode(encoding + mark)) == text.splitlines()
    with pytest.raises(UserError, match=f"x: not valid {encoding.upper()}"):
        lines(f"\ufeff{text}".encode(encoding + mark)[:-1])


def test_invalid_utf8_is_named():
    with pytest.raises(UserError, match=r"x:2: not valid UTF-8 \(byte 0xf1 at position 3\)"):
        lines(b"a\tA\nma\xf1ana\n")
