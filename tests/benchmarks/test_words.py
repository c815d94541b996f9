"""Models of words beside each other, on the toy bundle: a form of each stem, by a rule."""

import json
from pathlib import Path

import pytest

from benchmarks.words import measure, open_model, training_minutes
from edge.errors import UserError
from edge.translator import Translator


@pytest.fixture
def rows(toy_words: Path) -> list[list[str]]:
    lines = toy_words.with_suffix(".tsv").read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines][:40]


@pytest.fixture
def test_file(toy_words: Path, rows: list[list[str]], tmp_path: Path) -> Path:
    """Stem, form and features, as the bundle's run had its columns: what it finds is right, but for one word."""
    found = Translator(toy_words).translate([f"{stem}\t{features}" for stem, features, _ in rows])
    lines = [f"{stem}\t{form}\t{features}" for (stem, features, _), form in zip(rows, found, strict=True)]
    (stem, features, _), (other, others, _) = rows[:2]
    lines[1] = f"{other}\twrong\t{others}"
    # Another right answer of the first one.
    lines.append(f"{stem}\tright, too\t{features}")
    path = tmp_path / "test.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_minutes_are_those_of_the_last_line_of_the_log(tmp_path):
    (tmp_path / "log.csv").write_text("epoch,minutes,loss\n0,1.25,3\n1,2.5,2\n")
    assert training_minutes(tmp_path) == 2.5


def test_a_bundle(toy_words, test_file, rows, tmp_path):
    found = measure([open_model(str(toy_words), tmp_path)], str(test_file), None, 1)
    (row,) = found["models"]
    assert row["name"] == "toy_words" and row["minutes"] is None and row["words"] == len(rows)
    assert row["greedy"]["wer"] == pytest.approx(100 / len(rows))
    assert row["beam 5"]["exact@5"] >= row["beam 5"]["exact"]
    files = sum(file.stat().st_size for file in toy_words.iterdir() if file.name != "manifest.json")
    assert row["mb"] == pytest.approx(files / 1e6)
    assert set(row["words_per_second"]) == {"greedy", "greedy, batch", "beam 5", "beam 5, batch"}
    for name, milliseconds in row["ms_per_word"].items():
        assert milliseconds == pytest.approx(1000 / row["words_per_second"][name])
    json.dumps(found)


def test_an_ensemble_of_a_model_with_itself_finds_what_the_model_finds(toy_words, test_file, tmp_path):
    one, two = (open_model(name, tmp_path) for name in (str(toy_words), f"{toy_words},{toy_words}"))
    first, second = measure([one, two], str(test_file), 20, 1)["models"]
    assert second["name"] == "toy_words+toy_words" and second["mb"] == pytest.approx(2 * first["mb"])
    assert second["greedy"] == first["greedy"] and second["beam 5"] == first["beam 5"]


def test_members_of_an_ensemble_share_their_tokenizers(toy_words, tmp_path):
    with pytest.raises(UserError, match="toy_bundle: has other tokenizers than"):
        open_model(f"{toy_words},{toy_words.parent / 'toy_bundle'}", tmp_path)
