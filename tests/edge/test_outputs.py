"""No command writes over what it reads."""

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from edge.__main__ import main
from edge.errors import UserError
from edge.images import write_png
from edge.outputs import check_output, check_outputs


@pytest.fixture
def image(tmp_path, draw) -> Path:
    pytest.importorskip("PIL.Image")
    path = tmp_path / "x.png"
    write_png(path, draw(1)[0])
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "options",
    [
        "-o {x}",
        "-o {folder}/../{name}/x.png",
        "-o {folder}/symbolic.png",
        "-o {folder}/hard.png",
        "-o {folder}/X.PNG",
        "-o {folder}/link/x.png",
        "-o {folder}/new.png --overlay {x}",
        "-o {folder}/new.png --overlay {folder}/symbolic.png",
        "-o {folder}/new.png --overlay {folder}/new.png",
        "-o {folder}/new.png --overlay {folder}/NEW.png",
        "-o {folder}/new.png --overlay {folder}/link/new.png",
        "-o {bundle}/model.tflite",
        "-o {folder}/new.png --overlay {bundle}/manifest.json",
        "--objects {x}",
        "--table {x}",
        "--objects {folder}/new.png --table {folder}/hard.png",
        "-o {folder}/new.png --objects {folder}/NEW.png",
        "--objects {folder}/new.png --table {folder}/link/new.png",
        "--table {bundle}/manifest.json",
    ],
)
def test_segment_writes_over_nothing(image, toy_segmenter, tmp_path, capsys, options):
    bundle = shutil.copytree(toy_segmenter, tmp_path / "bundle")
    (tmp_path / "symbolic.png").symlink_to(image)
    os.link(image, tmp_path / "hard.png")
    (tmp_path / "link").symlink_to(tmp_path)
    before = {path: digest(path) for path in (image, *bundle.iterdir())}
    names = sorted(os.listdir(tmp_path))
    arguments = options.format(x=image, folder=tmp_path, name=tmp_path.name, bundle=bundle).split()
    assert main(["segment", str(bundle), str(image), *arguments]) == 2
    message = capsys.readouterr().err
    assert message.startswith("error: --") and message.endswith("; choose another\n") and message.count("\n") == 1
    assert {path: digest(path) for path in before} == before and sorted(os.listdir(tmp_path)) == names


@pytest.mark.parametrize(
    ("output", "message"),
    [
        ("{folder}/none/x.png", "there is no directory"),
        ("{folder}", "is a directory"),
        ("{folder}/" + "a" * 300, "cannot be written (File name too long)"),
        ("{folder}/x.png/y.png", "cannot be written (Not a directory)"),
    ],
)
def test_no_output_is_written_where_another_cannot_be(image, toy_segmenter, tmp_path, capsys, output, message):
    first = tmp_path / "first.png"
    arguments = ["-o", str(first), "--overlay", output.format(folder=tmp_path)]
    assert main(["segment", str(toy_segmenter), str(image), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: --overlay ") and message in error and error.count("\n") == 1
    assert not first.exists()


def test_files_that_differ_are_written(image, toy_segmenter, tmp_path):
    outputs = [tmp_path / "x.mask.png", tmp_path / "x.overlay.png"]
    assert main(["segment", str(toy_segmenter), str(image), "-o", str(outputs[0]), "--overlay", str(outputs[1])]) == 0
    assert all(path.stat().st_size for path in outputs)
    # An output of an earlier call may be replaced.
    assert main(["segment", str(toy_segmenter), str(image), "-o", str(outputs[0])]) == 0


def test_every_pair_is_looked_at(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check_outputs({"--a": "1", "--b": "2", "--c": "3"}, ["4", "5"])
    for outputs, inputs in (
        ({"--a": "1", "--b": "2", "--c": "1"}, []),
        ({"--a": "1", "--b": "2"}, ["3", tmp_path / "2"]),
    ):
        with pytest.raises(UserError, match="choose another"):
            check_outputs(outputs, inputs)


def test_a_directory_to_make(tmp_path):
    """It may be there if it is empty; nothing is made yet."""
    file, full = tmp_path / "file", tmp_path / "full"
    file.touch()
    (full / "inner").mkdir(parents=True)
    check_output(tmp_path / "new" / "newer")
    check_output(full / "inner")
    for path, found in ((file, "already exists"), (full, "not empty"), (file / "new", "is no directory")):
        with pytest.raises(UserError, match=rf"^{path}: .*{found}"):
            check_output(path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"]
