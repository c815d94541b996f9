"""Settings for a new run: defaults, a recipe, and single settings on top of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import UserError
from pipelines.config import RunConfig, assign, check_keys, known_keys, read_settings, validate
from pipelines.recipe_files import RECIPES

# The task of a recipe that does not name one.
_DEFAULT_TASK = "translation"


@dataclass(frozen=True)
class Recipe:
    """Settings for a new run.

    Attributes:
        task: a key of `pipelines.tasks.TASKS`.
        config: the settings.
        chosen: keys that the user gave, one by one or in a file, for example `tokenizer.size`.
    """

    task: str
    config: RunConfig
    chosen: frozenset[str] = frozenset()


def load_recipe(name: str, configs: Mapping[str, type[RunConfig]], assignments: Sequence[str] = ()) -> Recipe:
    """Put settings together: defaults, then a recipe's, then single ones.

    Args:
        name: a key of `RECIPES`, or the path of a YAML file.
        configs: the class of the settings of each task.
        assignments: `KEY=VALUE` each, for example `model.cell=gru`.

    Raises:
        UserError: no such recipe, a task or a key that is not known (the nearest one is named), or a value that does
            not fit.
    """
    where = f"recipe {name}"
    settings = read_settings(_path(name))
    named = settings.pop("task", None)
    task = _DEFAULT_TASK if named is None else named
    if not isinstance(task, str) or task not in configs:
        raise UserError(f"{where}: task {task!r} is none of {', '.join(configs)}")
    kind = configs[task]
    keys = {f"{section}.{key}" for section, values in settings.items() for key in values}
    if named is None:
        _check_task(where, keys, configs)
    check_keys(settings, where, kind)
    validate(settings, where, kind)
    assign(settings, assignments, kind)
    config = validate(settings, "--set" if assignments else where, kind)
    chosen = {assignment.partition("=")[0] for assignment in assignments}
    return Recipe(task, config, frozenset(chosen if name in RECIPES else chosen | keys))


def _check_task(where: str, keys: set[str], configs: Mapping[str, type[RunConfig]]) -> None:
    """Raise a UserError if the settings are those of another task than the default one."""
    fits = [task for task, kind in configs.items() if keys <= set(known_keys(kind))]
    if fits and _DEFAULT_TASK not in fits:
        raise UserError(f"{where}: has the keys of {fits[0]}: add `task: {fits[0]}` as its first line")


def _path(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        return Path(name)
    if name not in RECIPES:
        raise UserError(f"--recipe {name}: no such recipe; known are {', '.join(RECIPES)}, or name a .yaml file")
    return RECIPES[name]
