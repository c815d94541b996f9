from pipelines.data.corpora_files import CorporaFiles, find_corpora


def test_a_name_with_brackets_is_a_file_first(tmp_path):
    for name in ("a[1].tsv", "a1.tsv"):
        (tmp_path / name).write_text("a\tA\n")
    assert find_corpora(tmp_path / "a[1].tsv") == [[tmp_path / "a[1].tsv"]]


def test_files_are_in_order_and_each_pattern_is_a_corpus(tmp_path):
    for name in ("part-2", "part-10", "rest"):
        (tmp_path / name).touch()
    parts, rest = [tmp_path / "part-10", tmp_path / "part-2"], tmp_path / "rest"
    files = CorporaFiles([str(tmp_path / "part-*"), rest])
    assert files.corpora == [parts, [rest]]
    assert files.paths == [*parts, rest]
