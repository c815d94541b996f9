import json
import os

import pytest

from edge.errors import UserError
from pipelines.config import load_config
from pipelines.run import Run

CONFIG = load_config(None, ["model.units=64", "tokenizer.joint=true"])


@pytest.fixture
def run(tmp_path) -> Run:
    """A run with something in the place of weights."""
    made = Run.create(tmp_path / "deep" / "run", "translation", ("es", "en"), True, CONFIG)
    made.model_file.write_bytes(b"weights")
    return made


def refused(action, *arguments) -> str:
    with pytest.raises(UserError) as caught:
        action(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_opens_as_it_was_made(run):
    assert Run.open(run.path) == run
    assert (run.task, run.languages, run.reverse, run.config) == ("translation", ("es", "en"), True, CONFIG)


def test_what_tells_a_run_from_a_bundle(run):
    told = json.loads(run.file("run.json").read_text())
    assert told == {"format_version": 1, "task": "translation", "languages": ["es", "en"], "reverse": True}
    assert not run.file("manifest.json").exists()


def test_an_empty_directory_is_filled(tmp_path):
    assert Run.create(tmp_path, "translation", ("a", "b"), False, CONFIG).file("config.yaml").exists()


def test_other_content_is_never_touched(tmp_path):
    (tmp_path / "mine").write_text("mine")
    before = os.listdir(tmp_path)
    create = ("translation", ("a", "b"), False, CONFIG)
    assert "not empty" in refused(Run.create, tmp_path, *create)
    assert str(tmp_path / "mine") in refused(Run.create, tmp_path / "mine", *create)
    assert str(tmp_path / "mine" / "x") in refused(Run.create, tmp_path / "mine" / "x", *create)
    assert os.listdir(tmp_path) == before


def test_what_is_no_run(tmp_path, toy_bundle):
    assert "no such run" in refused(Run.open, tmp_path / "nothing")
    assert "is not a training run: it has no run.json" in refused(Run.open, tmp_path)
    assert "is a bundle, not a training run" in refused(Run.open, toy_bundle)


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "file" in refused(Run.open, tmp_path / "file")


def test_without_weights(run):
    run.model_file.unlink()
    assert "has no trained weights" in refused(Run.open, run.path)


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"task": "translation", "languages": ["es"]}', "\xff"])
def test_a_damaged_marker(run, text):
    run.file("run.json").write_text(text, encoding="latin-1")
    assert f"{run.path / 'run.json'}: is damaged" in refused(Run.open, run.path)


def test_a_damaged_config(run):
    run.file("config.yaml").write_text("model: {units: many}")
    assert f"{run.path / 'config.yaml'} model.units" in refused(Run.open, run.path)
    run.file("config.yaml").unlink()
    assert f"{run.path / 'config.yaml'}: cannot be read" in refused(Run.open, run.path)


def test_json_files_are_whole_or_not_there(run, monkeypatch):
    run.write_json("scores.json", {"text": "niño"})
    assert run.read_json("scores.json") == {"text": "niño"}
    assert run.read_json("missing.json") == {}
    with pytest.raises(TypeError):
        run.write_json("scores.json", {"text": object()})
    assert run.read_json("scores.json") == {"text": "niño"}


def test_discard_leaves_nothing(run):
    run.discard()
    assert not run.path.exists()
