import pytest

from edge.errors import UserError
from pipelines.data.columns import Columns
from pipelines.data.pairs import PairReader


def test_text_form():
    assert Columns.parse("2:4") == Columns(2, 4)
    assert str(Columns.parse(" 10:1 ")) == "10:1"
    assert Columns(2, 4).swapped == Columns(4, 2) and Columns().swapped == Columns.parse("2:1")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2-4", "not of the form S:T"),
        ("2", "not of the form S:T"),
        ("2:", "not of the form S:T"),
        ("1:2:3", "not of the form S:T"),
        ("a:b", "not of the form S:T"),
        ("-1:2", "not of the form S:T"),
        ("٢:٤", "not of the form S:T"),
        ("0:1", "counted from 1"),
        ("1:0", "counted from 1"),
        ("2:2", "the same column"),
        ("1,2:2", "the same column"),
        ("1,3,1:2", "names a source column twice"),
        ("1,0:2", "counted from 1"),
        ("1,:2", "not of the form S:T"),
        ("1:2,3", "not of the form S:T"),
    ],
)
def test_what_is_no_choice(text, said):
    with pytest.raises(UserError, match=said) as error:
        Columns.parse(text)
    assert str(error.value).startswith(f"--columns {text}: ")


def test_lines_with_fewer_columns_are_counted(tmp_path):
    file = tmp_path / "a.tsv"
    file.write_text("1\tuno\t7\tone\n2\tdos\t8\n\tx\n3\ttres\t9\t\nno tab\n\n4\tcuatro\t10\tfour\tmore\n")
    reader = PairReader(file, Columns(2, 4))
    assert list(reader) == [("uno", "one"), ("cuatro", "four")]
    assert reader.counts.unused == {
        "with too few columns": 2,
        "with an empty side": 1,
        "without a tab": 1,
        "blank": 1,
    }
    with pytest.raises(UserError, match=r"no line can be used .*; --columns 2:6 needs 6 columns in each line"):
        list(PairReader(file, Columns(2, 6)))
