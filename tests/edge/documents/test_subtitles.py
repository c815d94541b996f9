"""Subtitles: times, numbers, notes and formatting stay, the text is translated."""

import re

import pytest

from edge import UserError
from edge.documents import FORMATS

SRT = """1
00:00:01,000 --> 00:00:02,500
{\\an8}<i>uno dos
tres</i> cuatro

2
00:00:03,000 --> 00:00:04,000 X1:10 X2:20
- uno dos
- tres

3
00:00:05,000 --> 00:00:06,000

4
00:00:07,000 --> 00:00:08,000
12

uno
"""
ENGLISH = {"uno": "one", "dos": "two", "tres": "three", "cuatro": "four"}

VTT = """WEBVTT - uno

STYLE
::cue { color: red }

NOTE dos

intro
00:01.000 --> 01:00:02.000 line:0 align:start
<v Ana>uno <c.loud>dos</c>
<00:01.500>tres

00:03.000 --> 00:04.000
- uno
- <b>dos</b>

NOTE tres
"""


def english(text: str) -> str:
    for word, translation in ENGLISH.items():
        text = text.replace(word, translation)
    return text


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_subrip(translated, end):
    assert translated("a.srt", SRT.replace("\n", end).encode()).decode() == english(SRT).replace("\n", end)


def test_web_vtt(translated):
    expected = english(VTT)
    for kept in ("WEBVTT - uno", "NOTE dos", "NOTE tres"):
        expected = expected.replace(english(kept), kept)
    assert translated("a.vtt", VTT.encode()).decode() == expected


def test_a_line_end_is_kept_where_all_lines_are_a_sentence(translated):
    head = "1\n00:00:01,000 --> 00:00:02,000\n"
    found = translated("a.srt", f"{head}uno dos tres\ncuatro cinco seis".encode()).decode()
    assert found == f"{head}one two three\nfour five six"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.srt", "", "no subtitle"),
        ("a.srt", "uno dos\n", "no subtitle"),
        ("a.srt", "1\n00:00:01,000 --> 00:0\nuno\n", "line 2: is not the times of a subtitle"),
        ("a.srt", "1\n00:00:01,000 --> 00:00:02,000\nuno\n\n00:0 --> 00:1\ndos\n", "line 5: is not the times"),
        ("a.vtt", "uno\n", "is not a WebVTT file"),
        ("a.vtt", "WEBVTT\n\n1 --> 2\nuno\n", "line 3: is not the times"),
        ("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nuno --> dos\n", "line 4: is not the times"),
    ],
)
def test_damaged(translated, name, data, message):
    with pytest.raises(UserError, match=rf"{name}.*{message}"):
        translated(name, data.encode())


def test_an_arrow_in_a_text():
    head = "1\n00:00:01,000 --> 00:00:02,000\n"
    data = f"{head}uno --> dos\ntres --> 4\n\n{head}-->\n".encode()
    document = FORMATS[".srt"](data, "a.srt")
    assert [re.sub("<.*?>", "|", text) for text in document.texts] == ["uno --&gt; dos|tres --&gt; 4", "|&gt;"]
    assert document.write(document.texts) == data


def test_characters_that_formats_write_differently(translated):
    """Text without a letter is its own translation."""
    times = "00:00:01.000 --> 00:00:02.000\n"
    web = f"WEBVTT\n\n{times}1 &amp; 2 &lt; 3\n"
    assert translated("a.vtt", web.encode()).decode() == web
    plain = f"1\n{times}1 & 2 < 3 &amp; 4\n"
    assert translated("a.srt", plain.encode()).decode() == plain


@pytest.mark.parametrize(
    ("moved", "expected"),
    [
        ("one <img id=3> two", "<i>one\ntwo</i>"),
        ("one two<img id=3>", "<i>one two</i>"),
        ("<img id=3>one two", "<i>one two</i>"),
    ],
)
def test_no_line_is_empty(moved, expected):
    """Wherever the translation has the end of a line."""
    name = "a.srt"
    head = "1\n00:00:01,000 --> 00:00:02,000\n"
    document = FORMATS[".srt"](f"{head}<i>uno\ndos</i>\n\n".encode(), name)
    [text] = document.texts
    before, _, after = text.partition("uno")
    key = after.partition("<img id=")[2].partition(">")[0]
    end = after.partition("dos")[2]
    translation = f"{before}{moved.replace('id=3', f'id={key}')}{end}"
    assert document.write([translation]).decode() == f"{head}{expected}\n\n"
