"""`keras-s2s compress`: from a trained run to a smaller one, by more training."""

import dataclasses
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.bundle import RUN_MARKER
from edge.errors import UserError
from keras_s2s.callbacks import TrainingLeft
from keras_s2s.clock import Clock
from keras_s2s.compress.callbacks import compression_callbacks
from pipelines.config import AnyConfig, RunConfig, as_assignments, assigned
from pipelines.data.files import PathLike
from pipelines.jobs.sensitivity import measure_sparsity
from pipelines.jobs.train import train
from pipelines.network import load_network
from pipelines.recipes import Recipe
from pipelines.run import Run
from pipelines.tasks import TASKS
from pipelines.tasks.opening import open_run
from pipelines.tasks.task import Task

# What each method sets. Pruning removes weights, and the others have to make up for it: the learning rate rises again.
METHODS: dict[str, dict[str, Any]] = {
    "prune": {"compress.sparsity": 0.8, "train.learning_rate": 0.0015},
    "cluster": {"compress.clusters": 16},
    "qat": {"compress.bits": 8},
}

# Fine-tuning begins where training ended: with small steps, for a short while.
_FINE_TUNING = {
    "train.learning_rate": 0.0005,
    "train.warmup": 100,
    "train.epochs": 4,
    "train.schedule": "linear",
}

# Averaged weights are no longer clustered or quantized.
_NOT_AVERAGED = {"train.average": 0.0, "train.checkpoints": 1}


def compress(
    path: PathLike,
    out: PathLike,
    method: str,
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    assignments: Sequence[str] = (),
    *,
    by_sensitivity: bool = False,
    max_minutes: float | None = None,
    resume: bool = False,
) -> dict[str, Any] | None:
    """Fine-tune a run with weights that are sparse, clustered or fit to be quantized.

    Each method keeps the sparsity, clusters and bit width of the methods before it.

    Args:
        path: the run to begin with.
        out: the new run's directory, which must not exist or be empty, unless compression is resumed.
        method: a key of `METHODS`.
        train_files, valid_files: as for `train`, columns as in the files that the run was trained on.
        assignments: `KEY=VALUE` each, on top of the run's settings and of those of fine-tuning.
        by_sensitivity: measure which sparsity each matrix stands, instead of the same one for all.
        max_minutes, resume: as for `train`.

    Returns:
        The scores of the best weights on the validation sample.

    Raises:
        UserError: as for `train`; or the method is not known.
    """
    began = time.monotonic()
    base = open_run(Path(path))
    task = TASKS[base.task]
    # Before TensorFlow runs anything.
    task.slices()
    config = compression_config(base.config, method, task.training(base).fine_tuning, assignments)
    if by_sensitivity:
        config = _by_sensitivity(task, base, config, assignments, Path(out) if resume else None)
    # A setting that does not fit the network is refused before there is a new run.
    compression_callbacks(config.compress, TrainingLeft(1, Clock(0.0)), load_network(base))
    return train(
        train_files,
        valid_files,
        out,
        # Fine-tuning is short, whatever time there is.
        Recipe(base.task, config, frozenset(["train.epochs"])),
        languages=base.languages,
        columns=base.columns,
        max_minutes=None if max_minutes is None else max_minutes - (time.monotonic() - began) / 60,
        resume=resume,
        base=base,
    )


def _by_sensitivity(
    task: Task, base: Run, config: RunConfig, assignments: Sequence[str], resumed: Path | None
) -> RunConfig:
    """Return settings with the sparsity of each matrix: as measured now, or before a training that is resumed."""
    if config.compress.pattern or any(each.startswith("compress.special=") for each in assignments):
        raise UserError("--sparsity auto: chooses compress.special; leave compress.special and compress.pattern out")
    if resumed and (resumed / RUN_MARKER).exists():
        special = open_run(resumed, trained=False).config.compress.special
    else:
        special = measure_sparsity(task, dataclasses.replace(base, config=config))
    return assigned(config, as_assignments({"compress.special": special}))


def compression_config(
    config: AnyConfig, method: str, fine_tuning: Mapping[str, Any], assignments: Sequence[str] = ()
) -> AnyConfig:
    """Return the settings with which a run is compressed.

    Args:
        config: the run's.
        method: a key of `METHODS`.
        fine_tuning: the task's settings of fine-tuning.
        assignments: `KEY=VALUE` each.

    Raises:
        UserError: the method is not known, or a setting cannot be used.
    """
    if method not in METHODS:
        raise UserError(f"--method {method}: is not one of {', '.join(METHODS)}")
    for assignment in assignments:
        if assignment.startswith(("model.", "tokenizer.")):
            raise UserError(f"--set {assignment}: a trained run keeps its network and its tokenizers")
    settings = {**_FINE_TUNING, **METHODS[method], **fine_tuning}
    if config.compress.prunes and method != "prune":
        # Its zeros are there already.
        settings["compress.pruning"] = "constant"
    exact = assigned(config, [*as_assignments({**settings, **_NOT_AVERAGED}), *assignments])
    if exact.compress.clusters or exact.compress.bits:
        return exact
    return assigned(config, [*as_assignments(settings), *assignments])
