import json
import re
from pathlib import Path

import pytest
import yaml

from edge.errors import UserError
from pipelines.config import known_keys, read_settings, validate
from pipelines.recipe_files import RECIPES
from pipelines.recipes import load_recipe
from pipelines.tasks import TASKS, configs
from pipelines.tasks.segmentation.config import SegmentationConfig
from pipelines.tasks.translation.config import TranslationConfig


def load_config(recipe: str | None = None, assignments: tuple[str, ...] | list[str] = ()) -> TranslationConfig:
    config = load_recipe(recipe or "small", configs(), assignments).config
    assert isinstance(config, TranslationConfig)
    return config


def flat(settings: dict) -> dict[str, object]:
    return {f"{section}.{key}": value for section, values in settings.items() for key, value in values.items()}


def refused(recipe: str | None = None, *assignments: str) -> str:
    with pytest.raises(UserError) as caught:
        load_recipe(recipe or "small", configs(), assignments)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def recipe_file(tmp_path: Path, text: str | bytes) -> str:
    path = tmp_path / "mine.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return str(path)


def test_defaults():
    config = load_config()
    assert config == TranslationConfig()
    assert (config.model.cell, config.model.attention, config.model.units) == ("lstm", "bahdanau", 512)
    assert (config.tokenizer.type, config.tokenizer.size, config.tokenizer.joint) == ("unigram", 8000, False)
    assert config.train.batch_tokens == 2000


@pytest.mark.parametrize("name", ["small", "segmentation", "speech"])
def test_recipes_that_list_all_settings_have_the_defaults(name):
    recipe = load_recipe(name, configs())
    assert recipe.config == TASKS[recipe.task].config()
    listed = flat({key: value for key, value in read_settings(RECIPES[name]).items() if key != "task"})
    assert list(listed) and set(listed) == set(known_keys(TASKS[recipe.task].config))


def test_keys_of_the_contract_are_settable():
    contract = """model.cell model.attention model.units model.embedding model.layers model.bidirectional model.dropout
        model.tied tokenizer.type tokenizer.size tokenizer.joint train.batch_tokens train.seed"""
    assert set(contract.split()) <= set(known_keys(TranslationConfig))


@pytest.mark.parametrize("name", sorted(RECIPES))
def test_recipes_load(name):
    recipe = load_recipe(name, configs())
    config, settings = recipe.config, yaml.safe_load(RECIPES[name].read_text(encoding="utf-8"))
    # It lies with its task.
    assert settings.pop("task") == recipe.task == RECIPES[name].parents[1].name
    assert isinstance(config, TASKS[recipe.task].config)
    for key, value in flat(settings).items():
        section, field = key.split(".")
        found = getattr(getattr(config, section), field)
        assert (list(found) if isinstance(found, tuple) else found) == value


@pytest.mark.parametrize(("name", "kind"), [("small", TranslationConfig), ("segmentation", SegmentationConfig)])
def test_the_default_recipe_lists_every_key_with_its_default_and_a_comment(name, kind):
    """`train --help` prints it: that is where people find the keys."""
    path = RECIPES[name]
    written = read_settings(path)
    assert TASKS[written.pop("task")].config is kind
    assert sorted(flat(written)) == sorted(known_keys(kind))
    assert load_recipe(name, configs()).config == kind()
    settings = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("  ")]
    assert len(settings) == len(known_keys(kind))
    assert all("#" in line for line in settings)


def test_later_settings_win(tmp_path):
    recipe = recipe_file(tmp_path, "model:\n  units: 64\n  layers: 2\n")
    config = load_config(recipe, ["model.units=32", "train.seed=5", "model.units=16"])
    assert (config.model.units, config.model.layers, config.train.seed) == (16, 2, 5)


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("model.cell=gru", "gru"),
        ("model.attention=none", "none"),
        ("model.tied=false", False),
        ("tokenizer.joint=true", True),
        ("train.learning_rate=1e-3", 0.001),
        ("train.learning_rate=0.5", 0.5),
        ("model.dropout=0", 0.0),
        ("model.units=1_024", 1024),
        ("model.units=0x40", 64),
    ],
)
def test_values_are_read_by_type(assignment, value):
    section, field = assignment.split("=")[0].split(".")
    found = getattr(getattr(load_config(None, [assignment]), section), field)
    assert (found, type(found)) == (value, type(value))


def test_two_numbers_with_a_colon_are_no_number_to_the_base_of_60(tmp_path):
    assert load_config(None, ["compress.pattern=2:4", "train.average=0"]).compress.pattern == "2:4"
    recipe = recipe_file(tmp_path, "compress:\n  pattern: 2:4\ntrain:\n  average: 0\n")
    assert load_config(recipe).compress.pattern == "2:4"


@pytest.mark.parametrize(
    ("unknown", "nearest"),
    [
        ("model.atention", "model.attention"),
        ("model.unit", "model.units"),
        ("tokenizer.vocab_size", "tokenizer.size"),
        ("train.batch_token", "train.batch_tokens"),
        ("units", "model.units"),
        ("Model.Units", "model.units"),
    ],
)
def test_an_unknown_key_names_the_nearest(tmp_path, unknown, nearest):
    message = refused(None, f"{unknown}=3")
    assert f"--set {unknown}=3: unknown key {unknown}; the nearest is {nearest}" == message
    if "." in unknown:
        section, field = unknown.split(".")
        recipe = recipe_file(tmp_path, f"{section}:\n  {field}: 3\n")
        assert refused(recipe) == f"recipe {recipe}: unknown key {unknown}; the nearest is {nearest}"


@pytest.mark.parametrize("unknown", ["", "?", "model", "model.", ".", "a.b.c"])
def test_hopeless_keys_are_refused_all_the_same(unknown):
    assert f"unknown key {unknown}" in refused(None, f"{unknown}=3")


@pytest.mark.parametrize(
    "assignment",
    [
        "model.units=many",
        "model.units=1",
        "model.units=2.5",
        "model.units=",
        "model.units=[1, 2]",
        "model.cell=lstmm",
        "model.dropout=1.0",
        "model.dropout=-0.1",
        "tokenizer.coverage=0.5",
        "tokenizer.type=words",
        "train.learning_rate=0",
        "train.epochs=-1",
        "train.seed=-1",
        "model.tied=perhaps",
        "model.units={",
        "model.units=2020-13-01",
        "model.units='",
    ],
)
def test_a_value_that_does_not_fit_names_the_key(assignment):
    assert assignment.split("=")[0] in refused(None, assignment)


def test_settings_that_do_not_fit_together_name_what_is_wrong():
    assert "units must be even for a bidirectional encoder, not 33" in refused(None, "model.units=33")
    assert load_config(None, ["model.units=33", "model.bidirectional=false"]).model.units == 33


def test_a_bad_value_in_a_recipe_names_the_recipe(tmp_path):
    recipe = recipe_file(tmp_path, "model:\n  units: many\n")
    assert refused(recipe).startswith(f"recipe {recipe} model.units: ")


def test_a_bad_value_in_a_recipe_names_the_recipe_with_other_settings_too(tmp_path):
    recipe = recipe_file(tmp_path, "model:\n  units: many\n")
    assert "mine.yaml" in refused(recipe, "train.seed=3")


def test_an_assignment_without_a_value():
    assert refused(None, "model.units") == "--set model.units: is not KEY=VALUE"


@pytest.mark.parametrize(
    "text",
    [
        "model: [",
        "\tmodel: 3",
        "model: 3",
        "model:",
        "- model",
        "text",
        "model: {units: 2020-13-01}",
        b"model: \xff\xfe",
        b"model: \x00",
        "a: !!python/object:os.system {}",
    ],
)
def test_a_file_that_is_no_settings_names_the_file(tmp_path, text):
    assert "mine.yaml: " in refused(recipe_file(tmp_path, text))


def test_an_unknown_section_is_refused(tmp_path):
    assert "trane" in refused(recipe_file(tmp_path, "trane: {}\n"))


def test_an_empty_file_changes_nothing(tmp_path):
    assert load_config(recipe_file(tmp_path, "# nothing\n")) == TranslationConfig()


@pytest.mark.parametrize("name", ["small", "segmentation", "speech"])
def test_a_recipe_with_one_key_has_the_defaults_of_its_task(tmp_path, name):
    """In each section: another default must not come with the section's first key."""
    task, defaults = TASKS[load_recipe(name, configs()).task], read_settings(RECIPES[name])
    for section in defaults.keys() - {"task"}:
        key, value = next(iter(defaults[section].items()))
        recipe = recipe_file(tmp_path, f"task: {task.name}\n{section}: {{{key}: {json.dumps(value)}}}\n")
        assert load_recipe(recipe, configs()).config == task.config()


def test_recipes_that_are_not_there(tmp_path):
    message = refused("smal")
    assert message.startswith("--recipe smal: no such recipe; known are ") and "small" in message and "tiny" in message
    assert str(tmp_path / "missing.yaml") in refused(str(tmp_path / "missing.yaml"))


def test_settings_survive_writing_and_reading(tmp_path):
    config = load_config("tiny", ["model.cell=rnn", "train.learning_rate=1e-05", "tokenizer.normalization=identity"])
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump(config.model_dump()))
    assert validate(read_settings(path), str(path), TranslationConfig) == config


def test_settings_cannot_change_afterwards():
    with pytest.raises(Exception, match=re.compile("frozen", re.IGNORECASE)):
        load_config().model.units = 3


def test_a_recipe_says_which_task_it_is_for(tmp_path):
    recipe = load_recipe(recipe_file(tmp_path, "task: segmentation\nmodel:\n  filters: 4\n"), configs())
    assert recipe.task == "segmentation" and recipe.config == SegmentationConfig.model_validate(
        {"model": {"filters": 4}}
    )
    assert load_recipe(recipe_file(tmp_path, "model:\n  units: 4\n"), configs()).task == "translation"


@pytest.mark.parametrize("text", ["model: {filters: 4}", "augment: {flip: false}", "train: {patch: 64, epochs: 2}"])
def test_keys_of_segmentation_without_its_task(tmp_path, text):
    assert refused(recipe_file(tmp_path, text)).endswith("add `task: segmentation` as its first line")


@pytest.mark.parametrize("task", ["masks", "3", "[translation]", "''"])
def test_a_task_that_is_not_there(tmp_path, task):
    assert "is none of translation, segmentation" in refused(recipe_file(tmp_path, f"task: {task}\n"))


def test_keys_that_the_user_gave_are_known(tmp_path):
    recipe = load_recipe("tiny", configs(), ["tokenizer.size=50", "train.seed=2"])
    assert recipe.chosen == {"tokenizer.size", "train.seed"}


def test_keys_of_a_file_of_ones_own_are_chosen(tmp_path):
    recipe = load_recipe(recipe_file(tmp_path, "train:\n  epochs: 3\n"), configs(), ["train.seed=2"])
    assert recipe.chosen == {"train.epochs", "train.seed"}


def test_a_byte_order_mark_is_no_part_of_a_key(tmp_path):
    assert load_config(recipe_file(tmp_path, b"\xef\xbb\xbfmodel:\n  units: 4\n")).model.units == 4
