import os

import pytest

from keras_s2s.files import replacing


def test_a_file_is_replaced_at_the_end_and_not_before(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with replacing(path) as partial:
        partial.write_text("new")
        assert path.read_text() == "old"
        assert (partial.suffix, partial.parent) == (".txt", tmp_path)
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_after_an_error_the_file_is_as_it_was(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(OSError, match="full"), replacing(path) as partial:
        partial.write_text("ne")
        raise OSError("full")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.txt"]
