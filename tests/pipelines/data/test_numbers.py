"""Columns that hold numbers where sentences are expected, as in the downloads of Tatoeba."""

from collections.abc import Callable
from pathlib import Path

import pytest

from edge.errors import UserError
from pipelines.data.columns import Columns
from pipelines.data.numbers import is_number
from pipelines.data.pairs import PairReader

SPANISH = ["El perro corre.", "La niña canta hoy.", "Mi vecino espera a las 8.", "¿Quién es?"] * 5
ENGLISH = ["The dog runs.", "The girl sings today.", "My neighbour waits at 8.", "Who is it?"] * 5


def table(path: Path, *columns: list[str]) -> Path:
    path.write_text("".join("\t".join(row) + "\n" for row in zip(*columns, strict=True)), encoding="utf-8")
    return path


def numbered(start: int, form: Callable[[int], str] = str) -> list[str]:
    return [form(number) for number in range(start, start + len(SPANISH))]


@pytest.mark.parametrize(
    "text", ["1000", "1,000.50", "-3", "50 %", "2026-11-27", "27/11/2026 10:30", "12 Nov 2026", "T1001", "٣٤٥", "#12"]
)
def test_numbers(text):
    assert is_number(text)


@pytest.mark.parametrize(
    "text", ["", "-", "...", "Sí", "Mi vecino espera a las 8.", "hao3", "COVID-19", "日本 2", "😀"]
)
def test_texts(text):
    assert not is_number(text)


FORMS = {
    "number": str,
    "date": lambda number: f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
    "time": lambda number: f"2026-11-27T10:{number % 60:02}:00Z",
    "identifier": lambda number: f"tat-{number}",
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_column_of_numbers_is_refused(tmp_path, form):
    pairs4 = table(tmp_path / "pairs4.tsv", numbered(1000, form), SPANISH, numbered(9000, form), ENGLISH)
    with pytest.raises(UserError) as error:
        list(PairReader(pairs4))
    assert str(error.value) == (
        f"{pairs4}: column 1, the source, is nearly all numbers (such as {form(1000)}); choose the columns of text "
        "with --columns, such as --columns 2:4"
    )
    assert list(PairReader(pairs4, Columns.parse("2:4"))) == list(zip(SPANISH, ENGLISH, strict=True))
    # Chosen, but not well.
    with pytest.raises(UserError, match=r"column 3, the target, .* --columns 2:4"):
        list(PairReader(pairs4, Columns(2, 3)))


def test_a_number_in_front(tmp_path):
    list3 = table(tmp_path / "list3.tsv", numbered(1000), SPANISH, ENGLISH)
    with pytest.raises(UserError, match=r"such as --columns 2:3$"):
        list(PairReader(list3))


def test_nearly_all_is_enough(tmp_path):
    numbers = numbered(1)
    numbers[3] = "title"
    with pytest.raises(UserError, match="nearly all numbers"):
        list(PairReader(table(tmp_path / "a.tsv", numbers, SPANISH, ENGLISH)))
    numbers[4:10] = ["sentence"] * 6
    assert len(list(PairReader(table(tmp_path / "b.tsv", numbers, SPANISH, ENGLISH)))) == 20


def test_numbers_that_are_meant(tmp_path):
    """Numbers to words: there is nothing else to choose, and the columns were chosen."""
    file = table(tmp_path / "a.tsv", numbered(1), ENGLISH)
    with pytest.raises(UserError, match=r"if numbers are meant: --columns 1:2$"):
        list(PairReader(file))
    assert len(list(PairReader(file, Columns(1, 2)))) == 20
    assert len(list(PairReader(file, Columns(2, 1)))) == 20
