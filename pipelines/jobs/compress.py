"""`keras-s2s compress`: from a trained run to a smaller one, by more training."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from keras_s2s.callbacks import TrainingLeft
from keras_s2s.clock import Clock
from keras_s2s.compress.callbacks import compression_callbacks
from pipelines.config import AnyConfig, MaskConfig, assigned
from pipelines.data.pairs import PathLike
from pipelines.jobs.train import train
from pipelines.run import Run
from pipelines.tasks import TASKS
from pipelines.tasks.models import load_run

# What each method sets. What pruning takes away, the other weights have to learn anew: with larger steps, and time.
METHODS = {
    "prune": {"compress.sparsity": 0.8, "compress.pruned_by": 0.35, "train.learning_rate": 0.0015},
    "cluster": {"compress.clusters": 16},
    "qat": {"compress.bits": 8},
}

# Fine-tuning begins where training ended: with small steps, for a short while. Averages of weights that are held to a
# form have not got that form.
_FINE_TUNING = {
    "train.learning_rate": 0.0005,
    "train.warmup": 100,
    "train.epochs": 4,
    "train.average": 0.0,
    "train.checkpoints": 1,
    "train.schedule": "linear",
}
# Of the files and the teacher that the base had.
_FINE_TUNING_TEXT = {"train.weights": "[]", "train.teacher": '""'}
# Pictures are fewer than sentences: an epoch has few steps.
_FINE_TUNING_MASKS = {"train.warmup": 20, "train.epochs": 12}


def compress(
    path: PathLike,
    out: PathLike,
    method: str,
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    assignments: Sequence[str] = (),
    *,
    max_minutes: float | None = None,
    resume: bool = False,
) -> dict[str, Any]:
    """Trains a run on, and holds its weights to a form that takes less room.

    What a run is held to already, it stays held to: a pruned run that is clustered keeps its zeros.

    Args:
        path: the run to begin with.
        out: the new run's directory, which must not exist or be empty, unless compression is resumed.
        method: a key of `METHODS`.
        train_files, valid_files: as for `train`, columns as in the files that the run was trained on.
        assignments: `KEY=VALUE` each, on top of the run's settings and of those of fine-tuning.
        max_minutes, resume: as for `train`.

    Returns:
        The scores of the best weights on the validation sample.

    Raises:
        UserError: as for `train`; or the method is not known.
    """
    base = Run.open(Path(path))
    config = compression_config(base.config, method, assignments)
    # Before TensorFlow runs anything.
    TASKS[base.task].parts()
    # What does not go together with the network shows before there is a new run.
    compression_callbacks(config.compress, TrainingLeft(1, Clock(0.0)), load_run(base.path)[1])
    languages = base.languages[::-1] if base.languages and base.reverse else base.languages
    return train(
        train_files,
        valid_files,
        out,
        config,
        languages=languages,
        reverse=base.reverse,
        max_minutes=max_minutes,
        resume=resume,
        base=base,
        task_name=base.task,
    )


def compression_config(config: AnyConfig, method: str, assignments: Sequence[str] = ()) -> AnyConfig:
    """The settings with which a run is compressed.

    Args:
        config: the run's.
        method: a key of `METHODS`.
        assignments: `KEY=VALUE` each.

    Raises:
        UserError: the method is not known, or a setting cannot be used.
    """
    if method not in METHODS:
        raise UserError(f"--method {method}: is not one of {', '.join(METHODS)}")
    settings = {**_FINE_TUNING, **METHODS[method]}
    settings |= _FINE_TUNING_MASKS if isinstance(config, MaskConfig) else _FINE_TUNING_TEXT
    for assignment in assignments:
        if assignment.startswith(("model.", "tokenizer.")):
            raise UserError(f"--set {assignment}: a trained run keeps its network and its tokenizers")
    if config.compress.sparsity and method != "prune":
        # Its zeros are there already.
        settings["compress.pruning"] = "constant"
    return assigned(config, [*(f"{key}={value}" for key, value in settings.items()), *assignments])
