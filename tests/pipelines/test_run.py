import json
import os

import pytest

from edge.errors import UserError
from pipelines.data.columns import Columns
from pipelines.run import Run
from pipelines.tasks.translation.config import TranslationConfig

CONFIG = TranslationConfig.model_validate({"model": {"units": 64}, "tokenizer": {"joint": True}})
CONFIGS = {"translation": TranslationConfig}


@pytest.fixture
def run(tmp_path) -> Run:
    """A run with something in the place of weights."""
    made = Run.create(tmp_path / "deep" / "run", "translation", ("es", "en"), Columns(2, 1), CONFIG)
    made.model_file.write_bytes(b"weights")
    return made


def refused(action, *arguments) -> str:
    with pytest.raises(UserError) as caught:
        action(*arguments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_opens_as_it_was_made(run):
    assert Run.open(run.path, CONFIGS) == run
    assert (run.task, run.languages, run.columns, run.config) == ("translation", ("es", "en"), Columns(2, 1), CONFIG)


def test_what_tells_a_run_from_a_bundle(run):
    told = json.loads(run.file("run.json").read_text())
    assert told == {"format_version": 2, "task": "translation", "languages": ["es", "en"], "columns": "2:1"}
    assert not run.file("manifest.json").exists()


def test_an_empty_directory_is_filled(tmp_path):
    assert Run.create(tmp_path, "translation", ("a", "b"), None, CONFIG).file("config.yaml").exists()


def test_other_content_is_never_touched(tmp_path):
    (tmp_path / "mine").write_text("mine")
    before = os.listdir(tmp_path)
    create = ("translation", ("a", "b"), None, CONFIG)
    assert "not empty" in refused(Run.create, tmp_path, *create)
    assert str(tmp_path / "mine") in refused(Run.create, tmp_path / "mine", *create)
    assert str(tmp_path / "mine" / "x") in refused(Run.create, tmp_path / "mine" / "x", *create)
    assert os.listdir(tmp_path) == before


def test_what_is_no_run(tmp_path, toy_bundle):
    assert "no such run" in refused(Run.open, tmp_path / "nothing", CONFIGS)
    assert "is not a training run: it has no run.json" in refused(Run.open, tmp_path, CONFIGS)
    assert "is a bundle, not a training run" in refused(Run.open, toy_bundle, CONFIGS)


def test_a_file_is_no_run(tmp_path):
    (tmp_path / "file").write_text("x")
    assert "file" in refused(Run.open, tmp_path / "file", CONFIGS)


def test_without_weights(run):
    run.model_file.unlink()
    assert "has no trained weights" in refused(Run.open, run.path, CONFIGS)


@pytest.mark.parametrize(
    "text", ["", "[]", "3", "{}", '{"format_version": 2, "task": "a", "languages": ["es"]}', "\xff"]
)
def test_a_damaged_marker(run, text):
    run.file("run.json").write_text(text, encoding="latin-1")
    assert f"{run.path / 'run.json'}: cannot be read as the description of a run" in refused(
        Run.open, run.path, CONFIGS
    )


@pytest.mark.parametrize(("version", "todo"), [(1, "train again"), (3, "update keras-s2s"), ("2", "update keras-s2s")])
def test_other_formats_are_refused_with_what_to_do(run, version, todo):
    marker = json.loads(run.file("run.json").read_text())
    run.file("run.json").write_text(json.dumps(marker | {"format_version": version}))
    message = refused(Run.open, run.path, CONFIGS)
    assert f"{run.path / 'run.json'}: format version {version} is not 2" in message and message.endswith(todo)


def test_a_run_for_another_task(run):
    assert "is for translation, not for speech" in refused(Run.open, run.path, {"speech": TranslationConfig})


def test_the_config_is_a_recipe_for_another_run(run):
    from pipelines.recipes import load_recipe

    recipe = load_recipe(str(run.file("config.yaml")), CONFIGS)
    assert (recipe.task, recipe.config) == ("translation", CONFIG)


def test_a_damaged_config(run):
    run.file("config.yaml").write_text("model: {units: many}")
    assert f"{run.path / 'config.yaml'} model.units" in refused(Run.open, run.path, CONFIGS)
    run.file("config.yaml").unlink()
    assert f"{run.path / 'config.yaml'}: cannot be read" in refused(Run.open, run.path, CONFIGS)


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
