"""Exports of Anki, against notes that are written out here."""

import pytest

from pipelines.data.pairs import PairReader

HEADER = "#separator:tab\n#html:true\n#columns:Front\tBack\n"


def read(tmp_path, text: str) -> tuple[list[tuple[str, str]], str]:
    file = tmp_path / "notes.txt"
    file.write_text(text, encoding="utf-8")
    reader = PairReader(file)
    return [tuple(pair) for pair in reader], reader.summary()


def test_header_markup_and_quotation_marks(tmp_path):
    notes = (
        "El perro corre.\tThe dog runs.\n"
        "<b>La niña</b><br>canta&nbsp;hoy.\tThe girl &amp; the boy\n"
        '"Dijo: ""Hola""."\t"He said: ""Hello""."\n'
        '"<div>uno</div>\n<div>dos</div>"\tone &lt;two&gt; [sound:a.mp3]\n'
        '5" tubo\t5" pipe\n'
    )
    pairs, summary = read(tmp_path, HEADER + notes)
    assert pairs == [
        ("El perro corre.", "The dog runs."),
        ("La niña canta hoy.", "The girl & the boy"),
        ('Dijo: "Hola".', 'He said: "Hello".'),
        ("uno dos", "one <two>"),
        ('5" tubo', '5" pipe'),
    ]
    assert summary == (
        "5 lines, all used; 3 header lines of Anki skipped, 2 lines with markup removed, "
        "2 lines with quotation marks undone"
    )


def test_other_separators(tmp_path):
    for name, separator in (("Comma", ","), ("semicolon", ";"), ("Pipe", "|"), (";", ";")):
        text = f'#separator:{name}\n#html:false\nuno{separator}<one>\n"a{separator}b"{separator}"c ""d"""\n'
        assert read(tmp_path, text)[0] == [("uno", "<one>"), (f"a{separator}b", 'c "d"')]


def test_columns_that_are_no_fields(tmp_path):
    header = "#separator:tab\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\n#tags column:6\n"
    text = f"{header}k8Q;x\tBasic\tSpanish::1\tuno\tone\tnumbers\n"
    assert read(tmp_path, text)[0] == [("uno", "one")]


def test_a_quotation_mark_that_stands_alone(tmp_path):
    """It takes no further lines with it."""
    notes = '"Hola\tHello\n' + "uno\tone\n" * 60
    pairs, _ = read(tmp_path, HEADER + notes)
    assert pairs == [('"Hola', "Hello"), *[("uno", "one")] * 60]
    assert read(tmp_path, HEADER + 'uno\tone\n"Hola\tHello\n')[0] == [("uno", "one"), ('"Hola', "Hello")]


@pytest.mark.parametrize("first", ["#hola\t#hello", "#tema: uno\t#topic: one", "# separator\t# separator"])
def test_an_ordinary_corpus_is_left_alone(tmp_path, first):
    """Number signs, markup and quotation marks are text."""
    text = f'{first}\n#separator:tab\t#separator:tab\n<b>uno</b> &amp;\t"one ""two"""\n'
    pairs, summary = read(tmp_path, text)
    assert pairs == [
        tuple(first.split("\t")),
        ("#separator:tab", "#separator:tab"),
        ("<b>uno</b> &amp;", '"one ""two"""'),
    ]
    assert summary == "3 lines, all used"
