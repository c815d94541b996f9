"""`keras-s2s train`: from data to a run directory."""

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from keras_s2s.workers import Workers
from pipelines.config import RunConfig, as_assignments, assigned, completed, known_keys
from pipelines.data.columns import Columns
from pipelines.data.files import PathLike
from pipelines.log import log, mute
from pipelines.recipes import Recipe
from pipelines.run import Run
from pipelines.tasks import TASKS
from pipelines.tasks.opening import open_run
from pipelines.tasks.protocol import Reader
from pipelines.tasks.task import Task
from pipelines.training.fit import fit

# Settings that a resumed run may have otherwise: how long it is trained, and what is written beside it.
_MAY_CHANGE = ("train.epochs", "train.patience", "train.save_minutes", "train.tensorboard")

_UNNAMED = ("src", "tgt")


def train(
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    out: PathLike,
    recipe: Recipe,
    *,
    keep_settings: bool = False,
    languages: tuple[str, str] | None = None,
    columns: Columns | None = None,
    max_minutes: float | None = None,
    resume: bool = False,
    base: Run | None = None,
    strategy: str = "none",
) -> dict[str, Any] | None:
    """Train a network and keep its best weights in a run directory.

    Args:
        train_files: files of the training set, or globs of them.
        valid_files: files of the validation set, which decides when to stop and which weights to keep.
        out: the run directory, which must not exist or be empty, unless training is resumed.
        recipe: task and settings of a new run.
        keep_settings: a resumed run keeps its own settings, whatever the recipe has.
        languages: of source and target.
        columns: of the files that are source and target; the first two if not given.
        max_minutes: time limit, counted from this call, and with the minutes already spent on a resumed run. Where the
            user did not choose train.epochs, there is no limit of epochs; the task says what else is off.
        resume: resume from the run's last checkpoint; where there is none yet, begin.
        base: a trained run whose weights, and what was prepared for them, to begin with instead of new ones.
        strategy: a key of `keras_s2s.workers.STRATEGIES`: which machines train together.

    Returns:
        The scores of the best weights on the validation sample; None for workers other than the chief.

    Raises:
        UserError: a file or a setting cannot be used, or training ended before there were weights to keep.
        Interrupted: it was asked to stop; all is saved and scored.
    """
    started = time.monotonic()
    if max_minutes is not None and "train.epochs" not in recipe.chosen:
        timed = {key: value for key, value in TASKS[recipe.task].timed.items() if key not in recipe.chosen}
        recipe = dataclasses.replace(recipe, config=assigned(recipe.config, as_assignments(timed)))
    task = _task(Path(out), recipe, keep_settings)
    if languages:
        task.check_option("--languages", "train")
    if columns:
        task.check_option("--columns", "train")
    # Before TensorFlow runs anything: its threads, and the workers.
    task.slices()
    workers = Workers.start(strategy)
    if not workers.is_chief:
        mute()
    named = languages or (_UNNAMED if task.columns else None)
    new = Run(Path(out), task.name, named, columns, recipe.config)
    kept = None if keep_settings else recipe.config
    with workers.reporting_lost_workers():
        workers.on_chief(lambda: _make_run(task, new, recipe, kept, train_files, valid_files, resume, base, strategy))
        run = open_run(new.path, trained=False)
        if kept:
            run = dataclasses.replace(run, config=completed(kept, run.config))
        data = task.data(run)
        return fit(
            task.of(run),
            run,
            data.reader(train_files),
            data.reader(valid_files),
            base.path if base else None,
            started=started,
            max_minutes=max_minutes,
            workers=workers,
        )


def _task(path: Path, recipe: Recipe, keep_settings: bool) -> Task:
    """Return the task: the recipe's, or that of a run which keeps its settings."""
    if keep_settings and _has_files(path):
        return TASKS[open_run(path, trained=False).task]
    return TASKS[recipe.task]


def _has_files(path: Path) -> bool:
    return path.exists() and (not path.is_dir() or any(path.iterdir()))


def _make_run(
    task: Task,
    new: Run,
    recipe: Recipe,
    kept: RunConfig | None,
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    resume: bool,
    base: Run | None,
    strategy: str,
) -> None:
    """Make a run directory from which training can begin or be resumed."""
    resumed = _resumed(new, kept) if resume else None
    if strategy != "none" and (resumed or new).config.train.accumulate > 1:
        raise UserError("train.accumulate: more than 1 does not go together with --strategy; use a larger batch")
    reader = task.data(resumed or new).reader
    data, held_out = reader(train_files), reader(valid_files)
    for part in (data, held_out):
        # Read once before anything is made: bad files fail here, and unusable lines are counted.
        for _ in part:
            pass
        log(f"{part.name}: {part.summary()}")
    if not resumed:
        config = task.decide(new.config, data, held_out)
        run = Run.create(new.path, new.task, new.languages, new.columns, config)
        _prepare(task, run, base, data, held_out, recipe.chosen)


def _resumed(new: Run, config: RunConfig | None) -> Run | None:
    """Return the run to resume; None if nothing was learned yet, and everything has to be done.

    Args:
        new: the run as it would be if it was begun now.
        config: settings that were asked for, if any were.

    Raises:
        UserError: what is there was trained with other settings.
    """
    path = new.path
    if not _has_files(path):
        return None
    run = open_run(path, trained=False)
    if run.task != new.task:
        raise UserError(f"{path}: is for {run.task}, not for {new.task}; choose another --out")
    if config and (key := _difference(run.config, completed(config, run.config))):
        raise UserError(f"{path}: was trained with another {key}; --resume takes no other settings than it began with")
    if (run.languages, run.columns) != (new.languages, new.columns):
        raise UserError(f"{path}: was trained with other --languages or --columns; --resume takes the same")
    if run.checkpoint_file.exists():
        return run
    if run.model_file.exists():
        raise UserError(f"{path}: is a trained run without a checkpoint; choose another --out")
    log(f"{path}: was interrupted before the first checkpoint; beginning again")
    run.discard()
    return None


def _difference(old: RunConfig, new: RunConfig) -> str | None:
    """Return the first setting that differs, other than how long to train."""
    settings = [config.model_dump() for config in (old, new)]
    for key in known_keys(type(old)):
        section, name = key.split(".")
        if key not in _MAY_CHANGE and settings[0][section][name] != settings[1][section][name]:
            return key
    return None


def _prepare(
    task: Task, run: Run, base: Run | None, train_set: Reader, held_out: Reader, chosen: frozenset[str]
) -> None:
    """Make what the network needs before it is trained, or copy that of the base, and look at the data."""
    data = task.data(run)
    try:
        if base:
            data.inherit(base)
        else:
            data.prepare(train_set, held_out, chosen)
        data.check(train_set, held_out)
    except (UserError, OSError) as error:
        # Nothing was learned yet: a corrected command may use the same directory.
        run.discard()
        if isinstance(error, OSError):
            raise UserError(f"{run.path}: cannot be written ({error.strerror or error})") from error
        raise
