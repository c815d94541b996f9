import gzip
import os
import tracemalloc
from pathlib import Path

import pytest

from edge.errors import UserError
from pipelines.data.columns import Columns
from pipelines.data.lines import MAX_LINE_BYTES
from pipelines.data.pairs import Pair, PairReader, normalise, write_pairs


def write(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def refused(*patterns: Path | str) -> str:
    """The message that reading these files ends with; always one line."""
    with pytest.raises(UserError) as caught:
        list(PairReader(patterns))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_reads_two_columns_and_ignores_further_ones(tmp_path):
    file = write(tmp_path / "a.tsv", "uno\tone\ndos\ttwo\tby somebody\tmore\n tres \t three \t\n")
    assert list(PairReader(file)) == [Pair("uno", "one"), Pair("dos", "two"), Pair("tres", "three")]


def test_columns_choose_the_sides(tmp_path):
    file = write(tmp_path / "a.tsv", "uno\tone\tein\n")
    assert list(PairReader(str(file), Columns(2, 1))) == [Pair("one", "uno")]
    assert list(PairReader(file, Columns(3, 2))) == [Pair("ein", "one")]


def test_bom_crlf_and_missing_last_newline(tmp_path):
    file = write(tmp_path / "a.tsv", b"\xef\xbb\xbfuno\tone\r\ndos\ttwo\r\ntres\tthree")
    reader = PairReader(file)
    assert list(reader) == [("uno", "one"), ("dos", "two"), ("tres", "three")]
    assert reader.counts.summary() == "3 lines, all used"


def test_gzip_glob_and_list_keep_their_order(tmp_path):
    write(tmp_path / "part-2.tsv", "c\tC\n")
    with gzip.open(tmp_path / "part-1.tsv.gz", "wb") as stream:
        stream.write(b"b\tB\n")
    last = write(tmp_path / "a.tsv", "a\tA\n")
    reader = PairReader([str(tmp_path / "part-*"), last])
    assert [pair.source for pair in reader] == ["b", "c", "a"]


def test_can_be_read_again_and_counts_afresh(tmp_path):
    reader = PairReader(write(tmp_path / "a.tsv", "a\tA\nb\n"))
    assert list(reader) == list(reader) == [("a", "A")]
    assert reader.counts.lines == 2


def test_unused_lines_are_counted_by_kind(tmp_path):
    long = "x" * MAX_LINE_BYTES
    first = write(tmp_path / "a.tsv", f"a\tA\n\nno tab\nno tab either\n\tB\nb\t \n{long}{long}\t{long}\nc\tC\n")
    second = write(tmp_path / "b.tsv", "d\tD\nno tab\n")
    reader = PairReader([first, second])
    assert [pair.source for pair in reader] == ["a", "c", "d"]
    assert reader.counts.unused == {"without a tab": 3, "with an empty side": 2, "blank": 1, "over 64 KiB": 1}
    assert reader.counts.summary() == (
        f"7 of 10 lines unused: 3 without a tab, 2 with an empty side, 1 blank, 1 over 64 KiB (first: {first}:2)"
    )


def test_faults_of_one_file_are_not_held_against_the_next(tmp_path):
    write(tmp_path / "1.tsv", "a\tA\nno tab\nno tab\n")
    write(tmp_path / "2.tsv", "b\tB\nno tab\nc\tC\n")
    assert [pair.source for pair in PairReader(tmp_path / "*.tsv")] == ["a", "b", "c"]


def test_a_file_without_line_breaks_is_not_held_in_memory(tmp_path):
    file = tmp_path / "a.tsv.gz"
    with gzip.open(file, "wb") as stream:
        stream.write(b"a\tA\n")
        for _ in range(400):
            stream.write(b"x" * 65536)
    tracemalloc.start()
    assert list(PairReader(file)) == [("a", "A")]
    assert tracemalloc.get_traced_memory()[1] < 4_000_000
    tracemalloc.stop()


def test_is_streamed(tmp_path):
    """The first pair arrives before the fault further down is met."""
    reader = iter(PairReader(write(tmp_path / "a.tsv", b"a\tA\n" * 100_000 + b"\xff\tB\n")))
    assert next(reader) == ("a", "A")
    with pytest.raises(UserError, match=r"a\.tsv:100001: "):
        list(reader)


def test_invalid_utf8_names_file_and_line(tmp_path):
    file = write(tmp_path / "a.tsv", b"a\tA\nma\xf1ana\ttomorrow\n")
    assert refused(file) == f"{file}:2: not valid UTF-8 (byte 0xf1 at position 3); convert the file to UTF-8"


def test_missing_file_and_glob(tmp_path):
    assert refused(tmp_path / "a.tsv") == f"{tmp_path / 'a.tsv'}: no such file; check the path"
    assert "no file matches" in refused(tmp_path / "*.tsv")
    assert "no file given" in refused()


def test_missing_file_is_known_before_reading(tmp_path):
    with pytest.raises(UserError, match="no such file"):
        PairReader(tmp_path / "a.tsv")


def test_directory(tmp_path):
    assert refused(tmp_path) == f"{tmp_path}: is a directory; name a file, or a glob such as '{tmp_path}{os.sep}*.tsv'"


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf"])
def test_empty_file(tmp_path, data):
    assert "the file is empty" in refused(write(tmp_path / "a.tsv", data))


def test_empty_shard_beside_a_good_one(tmp_path):
    write(tmp_path / "1.tsv", "a\tA\n")
    write(tmp_path / "2.tsv", "")
    assert refused(tmp_path / "*.tsv").startswith(f"{tmp_path / '2.tsv'}: the file is empty")


def test_no_tab_in_any_line(tmp_path):
    file = write(tmp_path / "a.tsv", "a A\n\nb B\n")
    assert refused(file) == f"{file}: no line has a tab; a pair file has one pair per line: source<TAB>target"


def test_no_usable_line(tmp_path):
    file = write(tmp_path / "a.tsv", "a\t\n\tb\nc\n")
    assert refused(file).startswith(f"{file}: no line can be used (2 with an empty side, 1 without a tab);")


def test_damaged_gzip(tmp_path):
    whole = gzip.compress("".join(f"{number}\t{number * 7919}\n" for number in range(5000)).encode())
    assert "truncated" in refused(write(tmp_path / "cut.gz", whole[: len(whole) // 2]))
    assert "damaged" in refused(write(tmp_path / "flipped.gz", whole[:500] + bytes(100) + whole[600:]))
    assert "empty" in refused(write(tmp_path / "nothing.gz", b""))


def test_unreadable_file(tmp_path, monkeypatch):
    file = write(tmp_path / "a.tsv", "a\tA\n")

    def denied(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", denied)
    assert refused(file) == f"{file}: cannot be read (Permission denied); check the file"


@pytest.mark.parametrize("name", ["a.tsv", "a.tsv.gz"])
def test_write_and_read_back(tmp_path, name):
    rows = [("mañana", "tomorrow", "by somebody"), ("a\tb\nc\rd", "e")]
    assert write_pairs(tmp_path / name, iter(rows)) == 2
    assert list(PairReader(tmp_path / name)) == [("mañana", "tomorrow"), ("a b c d", "e")]
    assert os.listdir(tmp_path) == [name]


def test_write_is_all_or_nothing(tmp_path):
    file = write(tmp_path / "a.tsv", "old\told\n")

    def rows():
        yield "new", "new"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_pairs(file, rows())
    assert file.read_text() == "old\told\n"
    assert os.listdir(tmp_path) == ["a.tsv"]


def test_write_replaces_the_file_by_renaming(tmp_path):
    file = write(tmp_path / "a.tsv", "old\told\n")
    os.link(file, tmp_path / "same file")
    write_pairs(file, [("new", "new")])
    assert file.read_text() == "new\tnew\n"
    assert (tmp_path / "same file").read_text() == "old\told\n"


def test_write_where_it_cannot_be(tmp_path):
    with pytest.raises(UserError, match="cannot be written"):
        write_pairs(tmp_path / "missing" / "a.tsv", [("a", "A")])
    write(tmp_path / "file", "x")
    with pytest.raises(UserError, match="cannot be written"):
        write_pairs(tmp_path / "file" / "a.tsv", [("a", "A")])


def test_written_file_obeys_the_umask(tmp_path):
    before = os.umask(0o022)
    try:
        write_pairs(tmp_path / "a.tsv", [("a", "A")])
    finally:
        os.umask(before)
    assert (tmp_path / "a.tsv").stat().st_mode & 0o777 == 0o644


def test_normalise():
    assert normalise("It's  MINE!") == normalise("its mine") == "itsmine"
    assert normalise("¿Él?") == normalise("E\u0301l") != normalise("el")
    assert normalise("Straße 2") == normalise("STRASSE ２")
    assert normalise("?! _") == ""
