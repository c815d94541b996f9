"""Plain text."""

import pytest


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", b""),
        (b"\n\n", b"\n\n"),
        (b"uno dos", b"one two"),
        (b"\xef\xbb\xbfuno\r\n\r\n  dos tres\r\n", b"\xef\xbb\xbfone\r\n\r\n  two three\r\n"),
        (b"uno\n12 < 13 & 14\n\n<3>\n", b"one\n12 < 13 & 14\n\n<3>\n"),
    ],
)
def test_lines_and_what_is_between_them(translated, data, expected):
    assert translated("a.txt", data) == expected
