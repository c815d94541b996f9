"""`keras-s2s train`: from pair files to a run directory."""

import math
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from edge.errors import UserError
from keras_s2s.callbacks import Deadline, KeepBest, StopOnNaN
from keras_s2s.schedules import WarmupInverseSquareRoot
from pipelines.config import Config, TrainConfig
from pipelines.evaluate import evaluate
from pipelines.log import log
from pipelines.pairs import PairReader, PathLike
from pipelines.progress import Progress
from pipelines.run import Run
from pipelines.tasks import TASKS

# What is kept of `max_minutes` for loading and scoring the best weights: seconds, and at most this share.
_RESERVE = 25.0
_RESERVE_SHARE = 0.2


def train(
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    out: PathLike,
    config: Config,
    *,
    languages: tuple[str, str] = ("src", "tgt"),
    reverse: bool = False,
    max_minutes: float | None = None,
    task_name: str = "translation",
) -> dict[str, Any]:
    """Trains a network and keeps its best weights in a run directory.

    Args:
        train_files: pair files, or globs of them.
        valid_files: pairs that say when to stop and which weights to keep.
        out: the run directory, which must not exist or be empty.
        config: the settings.
        languages: of the file's columns, as they stand in the file.
        reverse: train from the second column to the first.
        max_minutes: end in time, counted from this call.
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
    run = Run.create(Path(out), task_name, languages[::-1] if reverse else languages, reverse, config)
    keras.utils.set_random_seed(config.train.seed)
    task = TASKS[task_name](run)
    log("training the tokenizers")
    try:
        task.prepare(pairs, held_out)
        for reader in (pairs, held_out):
            report_long(task, reader, config.train.max_length)
    except UserError:
        # Nothing was learned yet: a corrected command may use the same directory.
        run.discard()
        raise
    batches, validation = task.batches(pairs, training=True), task.batches(held_out, training=False)

    model = task.build()
    log(f"a network of {model.count_params():,} parameters")
    model.compile(optimizer=optimizer(config.train), loss=task.loss(), metrics=task.metrics())
    deadline = math.inf
    if max_minutes is not None:
        deadline = started + 60 * max_minutes - min(_RESERVE, 60 * max_minutes * _RESERVE_SHARE)
    keep_best, stop_on_nan = KeepBest(run.model_file), StopOnNaN()
    callbacks = [
        Deadline(deadline),
        stop_on_nan,
        *([keras.callbacks.SwapEMAWeights(swap_on_epoch=True)] if config.train.average else []),
        keep_best,
        keras.callbacks.CSVLogger(str(run.file("log.csv"))),
        keras.callbacks.EarlyStopping("val_loss", patience=config.train.patience),
        Progress(config.train.epochs, deadline),
    ]
    # Keras warns of what is meant: the batches are shuffled by tf.data, and how many there are it learns at their end.
    warnings.filterwarnings("ignore", "`shuffle=True` was passed")
    warnings.filterwarnings("ignore", "Your input ran out of data")
    try:
        model.fit(batches, validation_data=validation, epochs=config.train.epochs, callbacks=callbacks, verbose=0)
    except KeyboardInterrupt:
        log("interrupted; the best weights so far are kept")
    if not run.model_file.exists():
        raise UserError(f"{run.path}: training ended before the first validation: there are no weights to keep")
    if stop_on_nan.found:
        log("the loss was no number any more; the best weights before are kept: try a smaller train.learning_rate")
    scores = evaluate(run.path, run.sample_file)
    run.write_json("scores.json", scores)
    log(
        f"BLEU {scores['bleu']:.1f}, chrF {scores['chrf']:.1f} on {scores['sentences']} validation sentences; "
        f"{(time.monotonic() - started) / 60:.1f} minutes; the run is {run.path}"
    )
    return scores


def report_long(task: Any, pairs: PairReader, longest: int) -> None:
    """Counts the pairs that are longer than the limit.

    Raises:
        UserError: all are.
    """
    names = ", ".join(map(str, pairs.paths))
    counts = Counter(task.length(pair) > longest for pair in pairs)
    long = counts[True]
    if not counts[False]:
        raise UserError(f"{names}: every pair is longer than train.max_length {longest} pieces: use a larger one")
    if long:
        log(f"{names}: {long:,} pairs are longer than train.max_length {longest} pieces and are left out")


def optimizer(settings: TrainConfig) -> keras.optimizers.Optimizer:
    """Adam as the settings have it."""
    averaging = {"use_ema": True, "ema_momentum": settings.average} if settings.average else {}
    return keras.optimizers.Adam(
        WarmupInverseSquareRoot(settings.learning_rate, settings.warmup),
        beta_2=0.98,
        global_clipnorm=settings.clip_norm,
        **averaging,
    )
