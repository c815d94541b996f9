"""`keras-s2s train`: from pair files to a run directory."""

import dataclasses
import functools
import itertools
import math
import time
import warnings
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

from edge.errors import UserError
from keras_s2s.callbacks import AveragedWeights, Deadline, KeepBest, LinearDecay, PlateauDecay, StopOnNaN
from keras_s2s.layers.product import precision
from keras_s2s.machine import fast_precision, keep_memory, spread_over_cores
from keras_s2s.optimizers import FusedAdam
from keras_s2s.schedules import SCHEDULES
from pipelines.checkpoint import Checkpoint, Interrupted
from pipelines.config import Config, TrainConfig, known_keys
from pipelines.evaluate import evaluate
from pipelines.log import log
from pipelines.pairs import PairReader, PathLike
from pipelines.position import Position
from pipelines.progress import Progress
from pipelines.run import Run
from pipelines.run_log import RunLog
from pipelines.tasks import TASKS
from pipelines.validation import ScoreSample

# What is kept of `max_minutes` for loading and scoring the best weights: seconds, and at most this share.
_RESERVE = 25.0
_RESERVE_SHARE = 0.2

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
        task_name: a key of `TASKS`.

    Returns:
        The scores of the best weights on the validation sample.

    Raises:
        UserError: a file or a setting cannot be used, or training ended before there were weights to keep.
    """
    started = time.monotonic()
    keep_memory()
    parts = spread_over_cores()
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
        _prepare(run, pairs, held_out)
    dtype = run.config.train.precision
    with precision(fast_precision() if dtype == "auto" else dtype):
        stopped = _fit(run, pairs, held_out, started, max_minutes, goes_on, parts)
    if not run.model_file.exists():
        hint = "; --resume goes on from here" if run.checkpoint_file.exists() else ""
        raise UserError(f"{run.path}: training ended before the first validation: there are no weights to keep{hint}")
    if stopped == "nan":
        log("the loss was no number any more; the best weights before are kept: try a smaller train.learning_rate")
    if stopped == "interrupted":
        log("interrupted: the best weights so far are kept, and --resume goes on from here")
    scores = evaluate(run.path, run.sample_file)
    run.write_json("scores.json", scores)
    log(
        f"BLEU {scores['bleu']:.1f}, chrF {scores['chrf']:.1f} on {scores['sentences']} validation sentences; "
        f"{(time.monotonic() - started) / 60:.1f} minutes; the run is {run.path}"
    )
    return scores


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


def _prepare(run: Run, pairs: PairReader, held_out: PairReader) -> None:
    """Trains the tokenizers, and says what is too long."""
    log("training the tokenizers")
    task = TASKS[run.task](run)
    try:
        task.prepare(pairs, held_out)
        for reader in (pairs, held_out):
            report_long(task, reader, run.config.train.max_length)
    except (UserError, OSError) as error:
        # Nothing was learned yet: a corrected command may use the same directory.
        run.discard()
        if isinstance(error, OSError):
            raise UserError(f"{run.path}: cannot be written ({error.strerror or error})") from error
        raise


def _fit(
    run: Run,
    pairs: PairReader,
    held_out: PairReader,
    started: float,
    max_minutes: float | None,
    goes_on: bool,
    parts: int,
) -> str | None:
    """Trains, and says what it was stopped by: "nan", "interrupted", or nothing in particular."""
    settings = run.config.train
    keras.utils.set_random_seed(settings.seed)
    task, position = TASKS[run.task](run), Position(settings.seed)
    batches, validation = task.batches(pairs, position), task.batches(held_out)
    network = task.build()
    log(f"a network of {network.count_params():,} parameters")
    model, of_task = task.trained(network, parts)
    schedule = SCHEDULES[settings.schedule](settings.learning_rate, settings.warmup)
    metrics = task.metrics()
    model.compile(optimizer=optimizer(settings, schedule), loss=task.loss(), metrics=metrics)

    keep_best = KeepBest(network, run.model_file, settings.monitor, settings.patience)
    run_log, stop_on_nan = RunLog(run.file("log.csv")), StopOnNaN()
    stateful = {"best": keep_best, "log": run_log}
    if settings.schedule == "plateau":
        stateful["plateau"] = PlateauDecay(schedule, monitor=settings.monitor)
    corpus = [file.stat().st_size for file in pairs.paths]
    checkpoint = Checkpoint(run.checkpoint_file, position, metrics, stateful, corpus, settings.save_minutes)
    if goes_on:
        checkpoint.load()
        log(f"going on after {checkpoint.spent / 60:.1f} minutes, in epoch {checkpoint.epoch + 1}")
        if keep_best.state["worse"] >= settings.patience or checkpoint.epoch >= settings.epochs:
            log("training had come to its end")
            return None
    run_log.began = started - checkpoint.spent
    deadline = math.inf
    if max_minutes is not None:
        deadline = run_log.began + 60 * max_minutes - min(_RESERVE, 60 * max_minutes * _RESERVE_SHARE)
    decay = [stateful["plateau"]] if settings.schedule == "plateau" else []
    if settings.schedule == "linear":
        decay = [LinearDecay(schedule, settings.epochs, run_log.began, deadline)]
    callbacks = [
        Deadline(deadline),
        stop_on_nan,
        ScoreSample(task, network, PairReader(run.sample_file, reverse=run.reverse)),
        keep_best,
        *([AveragedWeights()] if settings.average else []),
        *decay,
        *of_task,
        run_log,
        *([keras.callbacks.TensorBoard(run.file("tensorboard"), write_graph=False)] if settings.tensorboard else []),
        Progress(settings.epochs, deadline),
        checkpoint,
    ]
    model.stop_training = False
    fit = functools.partial(model.fit, batches, validation_data=validation, callbacks=callbacks, verbose=0)
    # Keras warns of what is meant: the batches are shuffled by tf.data, and how many there are it learns at their end.
    warnings.filterwarnings("ignore", "`shuffle=True` was passed")
    warnings.filterwarnings("ignore", "Your input ran out of data")
    try:
        with checkpoint.signals():
            while checkpoint.epoch < settings.epochs and not model.stop_training:
                if checkpoint.batch:
                    # The rest of an epoch is a fit of its own: Keras takes the first epoch's batches for all there are.
                    fit(initial_epoch=checkpoint.epoch, epochs=checkpoint.epoch + 1)
                    # Keras ends with the averaged weights in the model.
                    checkpoint.load()
                else:
                    fit(initial_epoch=checkpoint.epoch, epochs=settings.epochs)
    except Interrupted:
        return "interrupted"
    except OSError as error:
        raise UserError(
            f"{run.path}: cannot be written ({error.strerror or error}); what was saved before is kept: make room, "
            "then go on with --resume"
        ) from error
    return "nan" if stop_on_nan.found else None


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


def optimizer(
    settings: TrainConfig, schedule: keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Adam as the settings have it."""
    averaging = {"use_ema": True, "ema_momentum": settings.average} if settings.average else {}
    accumulating = {"gradient_accumulation_steps": settings.accumulate} if settings.accumulate > 1 else {}
    return FusedAdam(
        schedule,
        beta_2=0.98,
        global_clipnorm=settings.clip_norm,
        **averaging,
        **accumulating,
    )
