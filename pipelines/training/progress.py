"""Progress of training: one line per epoch, and on a terminal a progress bar."""

import math
import sys
from collections.abc import Callable, Mapping

import keras
from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar

from keras_s2s.clock import Clock
from pipelines.log import log


class Progress(keras.callbacks.Callback):
    """Reports loss, validation and the time left.

    Args:
        describe: puts what an epoch's validation reported into words.
        epochs: how many there will be at most.
        clock: of the training.
        deadline: its seconds at which training ends in any case.
    """

    def __init__(
        self,
        describe: Callable[[Mapping[str, float]], str],
        epochs: int,
        clock: Clock,
        deadline: float = math.inf,
    ):
        super().__init__()
        self.describe = describe
        self.epochs = epochs
        self.clock = clock
        self.deadline = deadline
        self.steps: int | None = None
        self.bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[state]}"),
            console=Console(file=sys.stderr),
            transient=True,
            disable=not sys.stderr.isatty(),
        )

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.bar.start()

    def on_train_end(self, logs: dict | None = None) -> None:
        self.bar.stop()

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        self.epoch, self.seen = epoch, 0
        self.task = self.bar.add_task(f"epoch {epoch + 1}", total=self.steps, state="")

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.seen = batch + 1
        # A tensor's value is waited for, so the bar does not ask for one at each step.
        if self.seen % 10 == 0 and not self.bar.disable:
            state = f"step {self.seen}, loss {float((logs or {})['loss']):.3f}, {self._time_left()}"
            self.bar.update(self.task, completed=self.seen, state=state)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.bar.remove_task(self.task)
        self.steps = self.seen
        values = logs or {}
        log(
            f"epoch {epoch + 1:3}: loss {values['loss']:.3f}, validation loss {values['val_loss']:.3f}, "
            f"{self.describe(values)}, {self.clock.seconds / 60:.1f} minutes, {self._time_left()}"
        )

    def _time_left(self) -> str:
        now = self.clock.seconds
        left = self.deadline - now
        if self.steps:
            done = self.epoch + self.seen / self.steps
            left = min(left, now / done * (self.epochs - done))
        return "time left unknown" if math.isinf(left) else f"at most {max(left, 0) / 60:.1f} minutes left"
