"""Fitting a run's network: what training from scratch and every kind of fine-tuning have in common."""

import contextlib
import dataclasses
import functools
import math
import shutil
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from edge.errors import UserError
from keras_s2s.averaging import LastWeights, average_weights
from keras_s2s.callbacks import (
    AveragedWeights,
    BroadcastLogs,
    Deadline,
    KeepBest,
    LinearDecay,
    PlateauDecay,
    StopOnNaN,
    TrainingLeft,
)
from keras_s2s.clock import Clock
from keras_s2s.compress.callbacks import compression_callbacks
from keras_s2s.compress.prune import Pruning
from keras_s2s.machine import keep_memory
from keras_s2s.optimizers import FusedAdam
from keras_s2s.schedules import SCHEDULES
from keras_s2s.workers import Workers
from pipelines.config import FitConfig
from pipelines.data.position import Position
from pipelines.jobs.evaluate import evaluate
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks import TASKS, Reader
from pipelines.tasks.models import load_run
from pipelines.training.checkpoint import Checkpoint
from pipelines.training.interrupted import Interrupted
from pipelines.training.progress import Progress
from pipelines.training.run_log import RunLog
from pipelines.training.validation import ScoreSample

# What is kept of `max_minutes` for loading and scoring the best weights: seconds, and at most this share.
_RESERVE = 25.0
_RESERVE_SHARE = 0.2

# The folder of the weights after the last epochs.
_LAST = "last"


def fit(
    run: Run,
    data: Reader,
    held_out: Reader,
    base: Path | None = None,
    *,
    started: float,
    max_minutes: float | None = None,
    goes_on: bool = False,
    workers: Workers,
) -> dict[str, Any] | None:
    """Trains a run's network, keeps its best weights in the run, and scores them.

    Args:
        run: its directory, with settings and what the task prepared.
        data: to train on.
        held_out: what says when to stop and which weights to keep.
        base: the run whose weights to start from; new ones if not given.
        started: `time.monotonic()` at which the command began.
        max_minutes: end in time, counted from there, and with the minutes already spent where training goes on.
        goes_on: from the run's checkpoint.
        workers: that train together.

    Returns:
        The scores of the best weights on the validation sample; None for workers other than the chief.

    Raises:
        UserError: something cannot be read or written, or training ended before there were weights to keep.
        Interrupted: it was asked to stop; all is saved and scored.
    """
    keep_memory()
    task, clock = TASKS[run.task](run), Clock(started, workers)
    with task.tuned() as parts, _files(run, workers.is_chief) as files:
        stopped = _fit(run, files, data, held_out, base, clock, max_minutes, goes_on, parts)
    scores = workers.on_chief(lambda: _finished(run, held_out, stopped, started))
    workers.barrier()
    if stopped == "interrupted":
        raise Interrupted
    return scores


@contextlib.contextmanager
def _files(run: Run, chief: bool) -> Iterator[Run]:
    """Where a worker writes what it makes of a run: workers other than the chief, where nobody looks."""
    if chief:
        yield run
        return
    with tempfile.TemporaryDirectory() as folder:
        files = dataclasses.replace(run, path=Path(folder))
        if run.checkpoint_file.exists():
            shutil.copyfile(run.checkpoint_file, files.checkpoint_file)
        yield files


def _finished(run: Run, held_out: Reader, stopped: str | None, started: float) -> dict[str, Any] | None:
    """Scores the best weights, after `_fit`."""
    task = TASKS[run.task](run)
    if stopped == "interrupted" and not run.model_file.exists():
        log("interrupted before the first validation: there are no weights to keep yet; --resume goes on from here")
        return None
    if not run.model_file.exists():
        hint = "; --resume goes on from here" if run.checkpoint_file.exists() else ""
        compress = run.config.compress
        pruned = compress.sparsity or compress.special or compress.pattern
        when = "any validation at which the network was pruned" if pruned else "the first validation"
        raise UserError(f"{run.path}: training ended before {when}: there are no weights to keep{hint}")
    if stopped == "nan":
        log("the loss was no number any more; the best weights before are kept: try a smaller train.learning_rate")
    if stopped == "interrupted":
        log("interrupted: the best weights so far are kept, and --resume goes on from here")
    if run.config.train.checkpoints > 1:
        _average(run)
    task.finish(load_run(run.path)[1], held_out)
    scores = evaluate(run.path, task.sample)
    run.write_json("scores.json", scores)
    minutes = (time.monotonic() - started) / 60
    log(f"{task.headline(scores)}; {minutes:.1f} minutes; the run is {run.path}")
    return scores


def _average(run: Run) -> None:
    """Keeps the mean of the weights after the last epochs, if it is better than the best weights."""
    task, network = load_run(run.path)
    name, sample = task.REPORTED[0], task.reader(task.sample)
    best = task.score(task.predictor(network), sample, None)
    count = average_weights(network, run.file(_LAST))
    mean = task.score(task.predictor(network), sample, None)
    better = mean[name] > best[name]
    log(f"the last {count} epochs averaged: {task.headline(mean)}; {'kept' if better else 'the best one is kept'}")
    if better:
        KeepBest(network, run.model_file).save()


def _fit(
    run: Run,
    files: Run,
    data: Reader,
    held_out: Reader,
    base: Path | None,
    clock: Clock,
    max_minutes: float | None,
    goes_on: bool,
    parts: int,
) -> str | None:
    """Trains, and says what it was stopped by: "nan", "interrupted", or nothing in particular."""
    settings, workers = run.config.train, clock.workers
    keras.utils.set_random_seed(settings.seed)
    task, position = TASKS[run.task](run), Position(settings.seed)
    batches, validation = workers.distribute(task.batches(data, position)), workers.distribute(task.batches(held_out))
    with workers.scope():
        network = load_run(base)[1] if base else task.build()
        log(f"a network of {network.count_params():,} parameters")
        model, of_task = task.trained(network, parts)
        model = workers.model(model)
        schedule = SCHEDULES[settings.schedule](settings.learning_rate, settings.warmup)
        metrics = task.metrics()
        model.compile(optimizer=optimizer(settings, schedule), loss=task.loss(), metrics=metrics)

    run_log, stop_on_nan = RunLog(files.file("log.csv"), clock), StopOnNaN()
    left = TrainingLeft(settings.epochs, clock)
    compression = compression_callbacks(run.config.compress, left, network)
    pruning = [callback for callback in compression if isinstance(callback, Pruning)]
    keep_best = KeepBest(
        network,
        files.model_file,
        settings.monitor,
        settings.patience,
        ready=lambda: all(callback.reached for callback in pruning),
    )
    stateful = {"best": keep_best, "log": run_log}
    if settings.schedule == "plateau":
        stateful["plateau"] = PlateauDecay(schedule, monitor=settings.monitor)
    corpus = [[file.stat().st_size for file in shards] for shards in data.corpora]
    checkpoint = Checkpoint(files.checkpoint_file, position, metrics, stateful, corpus, settings.save_minutes, clock)
    if goes_on:
        checkpoint.load()
        clock.earlier = checkpoint.spent
        log(f"going on after {clock.earlier / 60:.1f} minutes, in epoch {checkpoint.epoch + 1}")
        if keep_best.state["worse"] >= settings.patience or checkpoint.epoch >= settings.epochs:
            log("training had come to its end")
            return None
    deadline = math.inf
    if max_minutes is not None:
        deadline = 60 * max_minutes - min(_RESERVE, 60 * max_minutes * _RESERVE_SHARE)
    left.deadline = deadline
    decay = [stateful["plateau"]] if settings.schedule == "plateau" else []
    if settings.schedule == "linear":
        decay = [LinearDecay(schedule, left)]
    callbacks = [
        clock,
        checkpoint.first,
        Deadline(deadline, clock),
        stop_on_nan,
        left,
        ScoreSample(task, network),
        BroadcastLogs(workers),
        keep_best,
        *([LastWeights(network, files.file(_LAST), settings.checkpoints)] if settings.checkpoints > 1 else []),
        *([AveragedWeights()] if settings.average else []),
        *decay,
        *of_task,
        *compression,
        run_log,
        *([keras.callbacks.TensorBoard(files.file("tensorboard"), write_graph=False)] if settings.tensorboard else []),
        *([Progress(task.epoch_line, settings.epochs, clock, deadline)] if workers.is_chief else []),
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
                if checkpoint.batch or task.epochs_differ:
                    # Such an epoch is a fit of its own: Keras takes the first epoch's batches for all there are.
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


def optimizer(
    settings: FitConfig, schedule: keras.optimizers.schedules.LearningRateSchedule
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
