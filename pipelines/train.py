"""`keras-s2s train`: from pair files to a run directory."""

import dataclasses
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from pipelines.config import Config, known_keys
from pipelines.fit import fit
from pipelines.log import log
from pipelines.pairs import PairReader, PathLike
from pipelines.run import Run
from pipelines.tasks import TASKS

# Pairs that are cut into pieces to see how many are too long.
_LOOKED_AT = 200_000

# Settings that a resumed run may have otherwise: how long it goes on, and what is written beside it.
_MAY_CHANGE = ("train.epochs", "train.patience", "train.save_minutes", "train.tensorboard")


def train(
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    out: PathLike,
    config: Config | None,
    *,
    languages: tuple[str, str] = ("src", "tgt"),
    reverse: bool = False,
    max_minutes: float | None = None,
    resume: bool = False,
    base: Run | None = None,
    task_name: str = "translation",
) -> dict[str, Any]:
    """Trains a network and keeps its best weights in a run directory.

    Args:
        train_files: pair files, or globs of them.
        valid_files: pairs that say when to stop and which weights to keep.
        out: the run directory, which must not exist or be empty, unless training is resumed.
        config: the settings; None for those of the run that is resumed.
        languages: of the file's columns, as they stand in the file.
        reverse: train from the second column to the first.
        max_minutes: end in time, counted from this call, and with the minutes already spent on a resumed run.
        resume: go on from the run's last checkpoint; where there is none yet, begin.
        base: a trained run whose tokenizers and weights to begin with, instead of new ones.
        task_name: a key of `TASKS`.

    Returns:
        The scores of the best weights on the validation sample.

    Raises:
        UserError: a file or a setting cannot be used, or training ended before there were weights to keep.
    """
    started = time.monotonic()
    pairs, held_out = PairReader(train_files, reverse=reverse), PairReader(valid_files, reverse=reverse)
    for reader in (pairs, held_out):
        # Read once before anything is made: bad files fail here, and unusable lines are counted.
        for _ in reader:
            pass
        log(f"{', '.join(map(str, reader.paths))}: {reader.counts.summary()}")
    named = languages[::-1] if reverse else languages
    run = _begun(Path(out), named, reverse, config) if resume else None
    goes_on = run is not None
    if run is None:
        run = Run.create(Path(out), task_name, named, reverse, config or Config())
        _prepare(run, base, pairs, held_out)
    weights = base.path if base else None
    return fit(run, pairs, held_out, weights, started=started, max_minutes=max_minutes, goes_on=goes_on)


def _begun(path: Path, languages: tuple[str, str], reverse: bool, config: Config | None) -> Run | None:
    """The run to go on with; None if nothing was learned yet, and all is to do.

    Raises:
        UserError: what is there was trained with other settings.
    """
    if not path.exists() or (path.is_dir() and not any(path.iterdir())):
        return None
    run = Run.open(path, trained=False)
    if config and (key := _difference(run.config, config)):
        raise UserError(f"{path}: was trained with another {key}; --resume takes no other settings than it began with")
    if (run.languages, run.reverse) != (languages, reverse):
        raise UserError(f"{path}: was trained with other --languages or --reverse; --resume takes the same")
    if run.checkpoint_file.exists():
        return run if config is None else dataclasses.replace(run, config=config)
    if run.model_file.exists():
        raise UserError(f"{path}: is a trained run without a checkpoint; choose another --out")
    log(f"{path}: was interrupted before the first save; beginning anew")
    run.discard()
    return None


def _difference(old: Config, new: Config) -> str | None:
    """The first setting that differs, other than how long to train."""
    settings = [config.model_dump() for config in (old, new)]
    for key in known_keys():
        section, name = key.split(".")
        if key not in _MAY_CHANGE and settings[0][section][name] != settings[1][section][name]:
            return key
    return None


def _prepare(run: Run, base: Run | None, pairs: PairReader, held_out: PairReader) -> None:
    """Trains the tokenizers, or takes those of the base, and says what is too long."""
    task = TASKS[run.task](run)
    try:
        if base:
            task.inherit(base)
        else:
            task.prepare(pairs, held_out)
        for reader in (pairs, held_out):
            report_long(task, reader, run.config.train.max_length)
    except (UserError, OSError) as error:
        # Nothing was learned yet: a corrected command may use the same directory.
        run.discard()
        if isinstance(error, OSError):
            raise UserError(f"{run.path}: cannot be written ({error.strerror or error})") from error
        raise


def report_long(task: Any, pairs: PairReader, longest: int) -> None:
    """Counts the pairs that are longer than the limit, among the first ones of a large corpus.

    Raises:
        UserError: all are.
    """
    names = ", ".join(map(str, pairs.paths))
    counts = Counter(task.length(pair) > longest for pair in itertools.islice(pairs, _LOOKED_AT))
    long, looked_at = counts[True], counts.total()
    if not counts[False]:
        raise UserError(f"{names}: every pair is longer than train.max_length {longest} pieces: use a larger one")
    if long:
        of = "" if looked_at < _LOOKED_AT else f" of the first {looked_at:,}"
        log(f"{names}: {long:,} pairs{of} are longer than train.max_length {longest} pieces and are left out")
