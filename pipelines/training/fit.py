"""Fitting a run's network: what training from scratch and every kind of fine-tuning have in common."""

import contextlib
import dataclasses
import functools
import math
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from edge.errors import UserError
from keras_s2s.clock import Clock
from keras_s2s.machine import keep_memory
from keras_s2s.optimizers import FusedAdam
from keras_s2s.schedules import SCHEDULES
from keras_s2s.workers import Workers
from pipelines.config import FitConfig
from pipelines.data.position import Position
from pipelines.log import log
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.opening import open_run
from pipelines.tasks.protocol import Reader, Training
from pipelines.tasks.task import Task
from pipelines.training.callbacks import Callbacks, Compiled, training_callbacks
from pipelines.training.checkpoint import read_checkpoint
from pipelines.training.ending import Ending
from pipelines.training.finish import finish
from pipelines.training.interrupted import Interrupted

# What is kept of `max_minutes` for loading and scoring the best weights: seconds, and at most this fraction.
_RESERVE = 25.0
_RESERVE_FRACTION = 0.2


def fit(
    task: Task,
    run: Run,
    data: Reader,
    held_out: Reader,
    base: Path | None = None,
    *,
    started: float,
    max_minutes: float | None = None,
    workers: Workers,
) -> dict[str, Any] | None:
    """Train a run's network, keep its best weights in the run, and score them.

    Training resumes where the run has a checkpoint.

    Args:
        task: of the run.
        run: its directory, with settings and what the task prepared.
        data: the training set.
        held_out: the validation set, which decides when to stop and which weights to keep.
        base: the run whose weights to start from; new ones if not given.
        started: `time.monotonic()` at which the command began.
        max_minutes: time limit, counted from there, and with the minutes already spent where training is resumed.
        workers: that train together.

    Returns:
        The scores of the best weights on the validation sample; None for workers other than the chief.

    Raises:
        UserError: something cannot be read or written, or training ended before there were weights to keep.
        Interrupted: it was asked to stop; all is saved and scored.
    """
    keep_memory()
    seconds = math.inf
    if max_minutes is not None:
        seconds = 60 * max_minutes - min(_RESERVE, 60 * max_minutes * _RESERVE_FRACTION)
    with task.training(run).context() as slices, _files(run, workers.is_chief) as files:
        ending = _fit(task, run, files, data, held_out, base, started, seconds, slices, workers)
    scores = workers.on_chief(lambda: finish(task, run, held_out, ending, started))
    workers.barrier()
    if ending is Ending.INTERRUPTED:
        raise Interrupted
    return scores


@contextlib.contextmanager
def _files(run: Run, chief: bool) -> Iterator[Run]:
    """Give the directory to which a worker writes; for workers other than the chief a temporary one."""
    if chief:
        yield run
        return
    with tempfile.TemporaryDirectory() as folder:
        files = dataclasses.replace(run, path=Path(folder))
        if run.checkpoint_file.exists():
            shutil.copyfile(run.checkpoint_file, files.checkpoint_file)
        yield files


def _compile(training: Training, settings: FitConfig, base: Path | None, slices: int, workers: Workers) -> Compiled:
    """Build the network, or load that of the base, and compile what is trained of it."""
    with workers.scope():
        network = load_network(open_run(base)) if base else training.build()
        log(f"a network of {network.count_params():,} parameters")
        trained = training.trained(network, slices)
        model = workers.model(trained)
        schedule, metrics = SCHEDULES[settings.schedule](settings.learning_rate, settings.warmup), training.metrics()
        model.compile(optimizer=optimizer(settings, schedule), loss=training.loss(), metrics=metrics)
        # A step that makes the optimizer's variables itself is traced twice.
        model.optimizer.build(model.trainable_variables)
    return Compiled(network, trained, model, metrics, schedule)


def _fit(
    task: Task,
    run: Run,
    files: Run,
    data: Reader,
    held_out: Reader,
    base: Path | None,
    started: float,
    seconds: float,
    slices: int,
    workers: Workers,
) -> Ending:
    """Train, and return why training ended."""
    settings = run.config.train
    keras.utils.set_random_seed(settings.seed)
    position, task_data = Position(settings.seed), task.data(run)
    saved = read_checkpoint(files.checkpoint_file) if files.checkpoint_file.exists() else None
    clock = Clock(started, workers, earlier=saved.seconds if saved else 0.0)
    compiled = _compile(task.training(run), settings, base, slices, workers)
    corpus = [[file.stat().st_size for file in shards] for shards in data.corpora]
    callbacks = training_callbacks(task, run, files, compiled, position, corpus, clock, seconds)
    if saved:
        callbacks.checkpoint.restore(saved)
        log(f"resuming after {saved.seconds / 60:.1f} minutes, in epoch {saved.epoch + 1}")
    batches = workers.distribute(_not_tuned(task_data.batches(data, position)))
    validation = workers.distribute(_not_tuned(task_data.batches(held_out)))
    try:
        _run_epochs(compiled.model, callbacks, batches, validation, settings.last_epoch, task_data.epochs_differ)
    except Interrupted:
        return Ending.INTERRUPTED
    except OSError as error:
        raise UserError(
            f"{run.path}: cannot be written ({error.strerror or error}); what was saved before is kept: make room, "
            "then resume with --resume"
        ) from error
    return _ending(callbacks)


def _not_tuned(batches: tf.data.Dataset) -> tf.data.Dataset:
    """Keep tf.data from tuning a data set that leaves nothing to tune.

    The thread that tunes sleeps up to a minute, and sometimes misses that it is to end: an epoch ended that much later.
    """
    options = tf.data.Options()
    options.autotune.enabled = False
    return batches.with_options(options)


def _run_epochs(
    model: keras.Model,
    callbacks: Callbacks,
    batches: tf.data.Dataset,
    validation: tf.data.Dataset,
    epochs: int,
    epochs_differ: bool,
) -> None:
    """Call `model.fit` until a callback or the number of epochs ends training."""
    checkpoint = callbacks.checkpoint
    model.stop_training = callbacks.keep_best.exhausted
    fit = functools.partial(model.fit, batches, validation_data=validation, callbacks=callbacks.all, verbose=0)
    # Keras warns of what is meant: the batches are shuffled by tf.data, and how many there are it learns at their end.
    warnings.filterwarnings("ignore", "`shuffle=True` was passed")
    warnings.filterwarnings("ignore", "Your input ran out of data")
    with checkpoint.signals():
        while checkpoint.epoch < epochs and not model.stop_training:
            if checkpoint.batch or epochs_differ:
                # Such an epoch is a fit of its own: Keras takes the first epoch's batches for all there are.
                fit(initial_epoch=checkpoint.epoch, epochs=checkpoint.epoch + 1)
                # Keras ends with the averaged weights in the model.
                checkpoint.restore(read_checkpoint(checkpoint.path))
            else:
                fit(initial_epoch=checkpoint.epoch, epochs=epochs)


def _ending(callbacks: Callbacks) -> Ending:
    if callbacks.stop_on_nan.found:
        return Ending.NAN
    if callbacks.deadline.reached:
        return Ending.TIME
    return Ending.PATIENCE if callbacks.keep_best.exhausted else Ending.EPOCHS


def optimizer(
    settings: FitConfig, schedule: keras.optimizers.schedules.LearningRateSchedule
) -> keras.optimizers.Optimizer:
    """Return Adam as the settings have it."""
    averaging = {"use_ema": True, "ema_momentum": settings.average} if settings.average else {}
    accumulating = {"gradient_accumulation_steps": settings.accumulate} if settings.accumulate > 1 else {}
    return FusedAdam(
        schedule,
        beta_2=0.98,
        global_clipnorm=settings.clip_norm,
        **averaging,
        **accumulating,
    )
