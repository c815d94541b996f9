"""Checkpoints: everything that an interrupted training needs to resume exactly."""

import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import BadZipFile

import keras
import numpy as np

from edge.errors import UserError
from edge.files import replacing
from keras_s2s.clock import Clock
from pipelines.data.position import Position
from pipelines.training.interrupted import Interrupted

_STATE = "state"


class Saved(NamedTuple):
    """What a checkpoint file holds.

    Attributes:
        epoch, batch: how many epochs, and batches of the next one, are done.
        seconds: that training has taken.
        corpus: what tells the training data from others.
        states: of the callbacks, by name.
        arrays: values of the variables.
    """

    epoch: int
    batch: int
    seconds: float
    corpus: list[list[int]]
    states: dict[str, Any]
    arrays: list[np.ndarray]


def read_checkpoint(path: Path) -> Saved:
    """Read a checkpoint file.

    Raises:
        UserError: it is missing or damaged.
    """
    try:
        with np.load(path) as file:
            state = json.loads(str(file[_STATE]))
            arrays = [file[str(index)] for index in range(len(file.files) - 1)]
        return Saved(arrays=arrays, **state)
    except FileNotFoundError as error:
        raise UserError(f"{path}: there is no checkpoint to resume from") from error
    except (OSError, ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        raise UserError(f"{path}: is damaged ({error}); remove it to begin again") from error


class Checkpoint(keras.callbacks.Callback):
    """Saves everything that training depends on, and puts it back: weights, optimizer, random state, data position.

    It stands last in the list of callbacks, so that it saves what the others made of an epoch. First stands `first`,
    which puts back what was loaded, so that the others find it.

    Args:
        path: the file, replaced whole or not at all.
        position: of the training data.
        metrics: those that the model is compiled with.
        callbacks: those with a `state` that JSON can hold, by a name of their own.
        corpus: what tells the training data from others; a checkpoint of others does not load.
        minutes: time between saves within an epoch.
        clock: of the training.
    """

    def __init__(
        self,
        path: Path,
        position: Position,
        metrics: list[keras.metrics.Metric],
        callbacks: Mapping[str, Any],
        corpus: list[list[int]],
        minutes: float,
        clock: Clock,
    ):
        super().__init__()
        self.path = path
        self.position = position
        self.metrics = metrics
        self.callbacks = callbacks
        self.corpus = corpus
        self.minutes = minutes
        self.clock = clock
        self.epoch = self.batch = 0
        self.interrupted = False
        self._arrays: list[np.ndarray] | None = None
        # Not earlier: Keras has just reset the metrics, which are restored here.
        self.first = keras.callbacks.LambdaCallback(on_epoch_begin=lambda *_: self._restore())
        self._saved = 0.0

    def restore(self, saved: Saved) -> None:
        """Continue from what a file holds; variables get their values when training begins.

        Raises:
            UserError: it is of another training.
        """
        if saved.corpus != self.corpus:
            raise UserError(f"{self.path}: was made with other training files: resume with the same ones")
        if saved.states.keys() != self.callbacks.keys():
            raise UserError(f"{self.path}: was made by another version of keras_s2s; remove it to begin again")
        self.epoch, self.batch, self._arrays = saved.epoch, saved.batch, saved.arrays
        for name, callback in self.callbacks.items():
            callback.state = saved.states[name]

    def on_train_begin(self, logs: dict | None = None) -> None:
        # Not earlier: Keras has read the data to build the layers.
        self.position.move(self.epoch, self.batch)
        self._saved = self.clock.seconds

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.epoch, self.in_middle = epoch, False

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        late = self.clock.seconds - self._saved >= 60 * self.minutes
        # The flag itself is left alone: a signal may come while the workers ask each other.
        interrupted = self.clock.workers.any(self.interrupted)
        # An epoch that ends early is validated, but is not over: it resumes from here.
        self.in_middle = self.model.stop_training
        if (late or interrupted or self.in_middle) and np.isfinite(float((logs or {})["loss"])):
            self.save(self.epoch, self.batch + batch + 1)
        if interrupted:
            raise Interrupted

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        # Not with NaN weights: resuming from them is useless.
        if not self.in_middle and np.isfinite((logs or {})["val_loss"]):
            self.epoch, self.batch = epoch + 1, 0
            self.save(self.epoch, 0)

    def save(self, epoch: int, batch: int) -> None:
        """Save a checkpoint after a number of batches of an epoch.

        Raises:
            OSError: the file cannot be written; the one before it is kept.
        """
        state = {
            "epoch": epoch,
            "batch": batch,
            "seconds": self.clock.seconds,
            "corpus": self.corpus,
            "states": {name: callback.state for name, callback in self.callbacks.items()},
        }
        arrays: dict[str, Any] = {str(index): np.asarray(each) for index, each in enumerate(self._variables())}
        arrays[_STATE] = np.array(json.dumps(state))
        with replacing(self.path) as partial, partial.open("wb") as stream:
            np.savez(stream, **arrays)
            stream.flush()
            os.fsync(stream.fileno())
        self._saved = self.clock.seconds

    @contextmanager
    def signals(self) -> Iterator[None]:
        """Within this context Ctrl-C and a request to terminate end training after the running batch."""

        def interrupt(*_: object) -> None:
            self.interrupted = True

        before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _variables(self) -> list[keras.Variable]:
        """All that changes in training: weights and the states of random generators, optimizer, metrics."""
        loss = self.model.metrics[0]
        metrics = [variable for metric in (loss, *self.metrics) for variable in metric.variables]
        return [*self.model.variables, *self.model.optimizer.variables, *metrics]

    def _restore(self) -> None:
        arrays, self._arrays = self._arrays, None
        if arrays is None:
            return
        # Keras would make the optimizer's variables in the first step.
        self.model.optimizer.build(self.model.trainable_variables)
        variables = self._variables()
        if [array.shape for array in arrays] != [tuple(variable.shape) for variable in variables]:
            raise UserError(
                f"{self.path}: the checkpoint has other layer sizes than model.* in config.yaml; use the settings of "
                "the run, or another --out"
            )
        for variable, array in zip(variables, arrays, strict=True):
            variable.assign(array)
        if not self.batch:
            # Saved at an epoch's end, the metrics are those of its validation.
            self.model.reset_metrics()
