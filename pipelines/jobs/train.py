"""`keras-s2s train`: from data to a run directory."""

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from keras_s2s.workers import Workers
from pipelines.config import CONFIGS, RunConfig, known_keys
from pipelines.data.pairs import PathLike
from pipelines.log import log, mute
from pipelines.run import Run
from pipelines.tasks import TASKS, Reader
from pipelines.training.fit import fit

# Settings that a resumed run may have otherwise: how long it goes on, and what is written beside it.
_MAY_CHANGE = ("train.epochs", "train.patience", "train.save_minutes", "train.tensorboard")


def train(
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    out: PathLike,
    config: RunConfig | None,
    *,
    languages: tuple[str, str] | None = ("src", "tgt"),
    reverse: bool = False,
    max_minutes: float | None = None,
    resume: bool = False,
    base: Run | None = None,
    task_name: str = "translation",
    strategy: str = "none",
) -> dict[str, Any] | None:
    """Trains a network and keeps its best weights in a run directory.

    Args:
        train_files: pair files, or globs of them; or sets of pictures.
        valid_files: the same, for what says when to stop and which weights to keep.
        out: the run directory, which must not exist or be empty, unless training is resumed.
        config: the settings; None for those of the run that is resumed.
        languages: of the file's columns, as they stand in the file; None for a task that has none.
        reverse: train from the second column to the first.
        max_minutes: end in time, counted from this call, and with the minutes already spent on a resumed run.
        resume: go on from the run's last checkpoint; where there is none yet, begin.
        base: a trained run whose weights, and what was prepared for them, to begin with instead of new ones.
        task_name: a key of `TASKS`.
        strategy: a key of `keras_s2s.workers.STRATEGIES`: which machines train together.

    Returns:
        The scores of the best weights on the validation sample; None for workers other than the chief.

    Raises:
        UserError: a file or a setting cannot be used, or training ended before there were weights to keep.
        Interrupted: it was asked to stop; all is saved and scored.
    """
    started = time.monotonic()
    # Before TensorFlow runs anything: its threads, and who works together.
    TASKS[task_name].parts()
    workers = Workers.start(strategy)
    if not workers.is_chief:
        mute()
    new = Run(Path(out), task_name, languages[::-1] if reverse else languages, reverse, config or CONFIGS[task_name]())
    with workers.reporting_lost_workers():
        workers.on_chief(lambda: _begin(new, config, train_files, valid_files, resume, base, strategy))
        run = Run.open(new.path, trained=False)
        if config:
            run = dataclasses.replace(run, config=config)
        task = TASKS[task_name](run)
        return fit(
            run,
            task.reader(train_files),
            task.reader(valid_files),
            base.path if base else None,
            started=started,
            max_minutes=max_minutes,
            goes_on=run.checkpoint_file.exists(),
            workers=workers,
        )


def _begin(
    new: Run,
    config: RunConfig | None,
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    resume: bool,
    base: Run | None,
    strategy: str,
) -> None:
    """Sees to a run directory that training can go on from."""
    begun = _begun(new, config) if resume else None
    if strategy != "none" and (begun or new).config.train.accumulate > 1:
        raise UserError("train.accumulate: more than 1 does not go together with --strategy; use a larger batch")
    task = TASKS[new.task](begun or new)
    data, held_out = task.reader(train_files), task.reader(valid_files)
    for reader in (data, held_out):
        # Read once before anything is made: bad files fail here, and unusable lines are counted.
        for _ in reader:
            pass
        log(f"{reader.name}: {reader.summary()}")
    if not begun:
        Run.create(new.path, new.task, new.languages, new.reverse, new.config)
        _prepare(new, base, data, held_out)


def _begun(new: Run, config: RunConfig | None) -> Run | None:
    """The run to go on with; None if nothing was learned yet, and all is to do.

    Args:
        new: what it would be if it was begun now.
        config: settings that were asked for, if any were.

    Raises:
        UserError: what is there was trained with other settings.
    """
    path = new.path
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return None
    run = Run.open(path, trained=False)
    if run.task != new.task:
        raise UserError(f"{path}: is for {run.task}, not for {new.task}; choose another --out")
    if config and (key := _difference(run.config, config)):
        raise UserError(f"{path}: was trained with another {key}; --resume takes no other settings than it began with")
    if (run.languages, run.reverse) != (new.languages, new.reverse):
        raise UserError(f"{path}: was trained with other --languages or --reverse; --resume takes the same")
    if run.checkpoint_file.exists():
        return run
    if run.model_file.exists():
        raise UserError(f"{path}: is a trained run without a checkpoint; choose another --out")
    log(f"{path}: was interrupted before the first save; beginning anew")
    run.discard()
    return None


def _difference(old: RunConfig, new: RunConfig) -> str | None:
    """The first setting that differs, other than how long to train."""
    settings = [config.model_dump() for config in (old, new)]
    for key in known_keys(type(old)):
        section, name = key.split(".")
        if key not in _MAY_CHANGE and settings[0][section][name] != settings[1][section][name]:
            return key
    return None


def _prepare(run: Run, base: Run | None, data: Reader, held_out: Reader) -> None:
    """Makes what the network needs before it is trained, or takes that of the base, and looks at the data."""
    task = TASKS[run.task](run)
    try:
        if base:
            task.inherit(base)
        else:
            task.prepare(data, held_out)
        task.check(data, held_out)
    except (UserError, OSError) as error:
        # Nothing was learned yet: a corrected command may use the same directory.
        run.discard()
        if isinstance(error, OSError):
            raise UserError(f"{run.path}: cannot be written ({error.strerror or error})") from error
        raise
