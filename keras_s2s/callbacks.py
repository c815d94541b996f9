"""Callbacks of `model.fit`.

Callbacks with a `state` can be stopped and started again: `pipelines.training.checkpoint` saves it and puts it back.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras

from edge.files import replacing
from keras_s2s.clock import Clock
from keras_s2s.schedules import SAMPLING, WarmupScaled
from keras_s2s.workers import Workers


class BroadcastLogs(keras.callbacks.Callback):
    """Replaces an epoch's logs by those of the chief, so that all workers decide the same.

    It stands behind the callbacks that score, and before those that decide.

    Args:
        workers: that train together.
    """

    def __init__(self, workers: Workers):
        super().__init__()
        self.workers = workers

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if logs:
            logs |= dict(zip(logs, self.workers.broadcast([float(value) for value in logs.values()]), strict=True))


class Monitor(keras.callbacks.Callback):
    """Follows a validation value: how good it was at best, and for how many epochs it has been worse.

    Args:
        monitor: the value's name, without the `val_` before it.
        larger_is_better: its direction.

    Attributes:
        state: for JSON: `best`, the best value or None, and `worse`, the epochs since then.
    """

    def __init__(self, monitor: str = "loss", larger_is_better: bool = False):
        super().__init__()
        self.monitor = monitor
        self.larger_is_better = larger_is_better
        self.state: dict[str, Any] = {"best": None, "worse": 0}

    def is_better(self, logs: dict) -> bool:
        """Takes an epoch's value, and says whether it is the best one."""
        value, best = float(logs[f"val_{self.monitor}"]), self.state["best"]
        better = best is None or (value > best if self.larger_is_better else value < best)
        self.state |= {"best": value, "worse": 0} if better else {"worse": self.state["worse"] + 1}
        return better


class KeepBest(Monitor):
    """Saves a model, whole or not at all, whenever validation is the best so far, and stops when it stays worse.

    Args:
        network: the model to save; the trained one itself, or one that shares its weights.
        path: the `.keras` file. It holds the network without the optimizer's state.
        monitor, larger_is_better: as for `Monitor`.
        patience: epochs without a better one after which training ends; 0: it does not.
        ready: says whether the weights may be saved at all.
    """

    def __init__(
        self,
        network: keras.Model,
        path: Path,
        monitor: str = "loss",
        larger_is_better: bool = False,
        patience: int = 3,
        ready: Callable[[], bool] = lambda: True,
    ):
        super().__init__(monitor, larger_is_better)
        self.network = network
        self.path = path
        self.patience = patience
        self.ready = ready

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not math.isfinite((logs or {})["val_loss"]) or not self.ready():
            return
        if self.is_better(logs or {}):
            self.save()
        elif self.exhausted:
            self.model.stop_training = True

    @property
    def exhausted(self) -> bool:
        """Whether validation has not been better for as many epochs as `patience`."""
        return 0 < self.patience <= self.state["worse"]

    def save(self) -> None:
        """Saves the weights as they are now."""
        # A view on the same layers that was never compiled, and so has no optimizer to save.
        network = keras.Model(self.network.input, self.network.output, name=self.network.name)
        with replacing(self.path) as partial:
            network.save(partial)


class Deadline(keras.callbacks.Callback):
    """Ends training in time, in the middle of an epoch if need be, so that the validation after it still fits.

    Args:
        at: seconds of the clock at which training and validation are over.
        clock: of the training.

    Attributes:
        reached: whether training was ended by it.
    """

    def __init__(self, at: float, clock: Clock):
        super().__init__()
        self.at = at
        self.clock = clock
        self.validation = 0.0
        self.reached = False

    def on_test_begin(self, logs: dict | None = None) -> None:
        self.validation_began = self.clock.seconds

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._stop_in_time()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        # From the first validation batch to here, all other evaluation of the epoch included.
        self.validation = self.clock.seconds - self.validation_began
        self._stop_in_time()

    def _stop_in_time(self) -> None:
        if self.clock.seconds + self.validation >= self.at:
            self.reached = self.model.stop_training = True


class StopOnNaN(keras.callbacks.Callback):
    """Ends training when the loss is no number any more; what was saved before is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._check((logs or {})["loss"])

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        # The last step may have broken what the loss before it does not show.
        self._check((logs or {}).get("val_loss", 0.0))

    def _check(self, loss: float) -> None:
        if not math.isfinite(loss):
            self.found = True
            self.model.stop_training = True


class AveragedWeights(keras.callbacks.SwapEMAWeights):
    """Puts the optimizer's moving average into the model for validation, and for what follows it in an epoch.

    Callbacks before this one in the list find the averaged weights when an epoch ends, those after it the trained ones.
    """

    def on_test_end(self, logs: dict | None = None) -> None:
        """They stay until the epoch's end."""

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        super().on_test_end(logs)


class PlateauDecay(Monitor):
    """Lowers the learning rate when validation has stopped getting better.

    Args:
        schedule: whose rate is lowered.
        factor: what the rate is multiplied with.
        patience: epochs without a better value before that.
        monitor, larger_is_better: as for `Monitor`.
        ready: says whether an epoch counts; validation gets worse for other reasons while a network is pruned.
    """

    def __init__(
        self,
        schedule: WarmupScaled,
        factor: float = 0.5,
        patience: int = 1,
        monitor: str = "loss",
        larger_is_better: bool = False,
        ready: Callable[[], bool] = lambda: True,
    ):
        super().__init__(monitor, larger_is_better)
        self.schedule = schedule
        self.factor = factor
        self.patience = patience
        self.ready = ready
        self.state["scale"] = 1.0

    def on_train_begin(self, logs: dict | None = None) -> None:
        self.schedule.scale.assign(self.state["scale"])

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if self.ready() and not self.is_better(logs or {}) and self.state["worse"] > self.patience:
            self.state |= {"worse": 0, "scale": self.state["scale"] * self.factor}
            self.schedule.scale.assign(self.state["scale"])


class TrainingLeft(keras.callbacks.Callback):
    """Computes which fraction of the training is left, by epochs or by time, whichever is less.

    It stands before the callbacks that read it. An epoch is taken to be as long as the one before it; of the first one
    the length is not known, and it counts when it is over.

    Args:
        epochs: after which training ends.
        clock: of the training.
        deadline: seconds of the clock at which training ends; infinite if only epochs end it.

    Attributes:
        share: fraction of the time that is left, from 1 to 0.
        stepped: the same, but by epochs it falls when one begins.
        state: for JSON: `epoch`, its number; `batches`, how many of them are done; `before`, how many batches the epoch
            before had, 0 if there was none.
    """

    def __init__(self, epochs: int, clock: Clock, deadline: float = math.inf):
        super().__init__()
        self.epochs = epochs
        self.clock = clock
        self.deadline = deadline
        self.share = self.stepped = 1.0
        self.state: dict[str, int] = {"epoch": 0, "batches": 0, "before": 0}

    def on_epoch_begin(self, epoch: int, logs: dict | None = None) -> None:
        # Otherwise training is resumed in the middle of an epoch.
        if epoch != self.state["epoch"]:
            self.state = {"epoch": epoch, "batches": 0, "before": self.state["batches"]}

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        before = self.state["before"]
        part = min(self.state["batches"] / before, 1.0) if before else 0.0
        by_time = 1.0 - self.clock.seconds / self.deadline
        self.share, self.stepped = (
            max(min(1.0 - (self.state["epoch"] + within) / self.epochs, by_time), 0.0) for within in (part, 0.0)
        )

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.state["batches"] += 1


class LinearDecay(keras.callbacks.Callback):
    """Lowers the learning rate until training ends: evenly by time, in equal steps by epochs.

    Args:
        schedule: whose rate is lowered.
        left: how much of the training is.
    """

    def __init__(self, schedule: WarmupScaled, left: TrainingLeft):
        super().__init__()
        self.schedule = schedule
        self.left = left

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        self.schedule.scale.assign(self.left.stepped)


class SamplingRate(keras.callbacks.Callback):
    """Raises the rate of scheduled sampling with the steps of training.

    Args:
        rate: the variable of a `SecondPass`.
        schedule: a key of `schedules.SAMPLING`.
        final: the final rate.
        steps: how long that takes.
    """

    def __init__(self, rate: keras.Variable, schedule: str, final: float, steps: int):
        super().__init__()
        self.rate = rate
        self.schedule = SAMPLING[schedule]
        self.final = final
        self.steps = steps

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        # By the optimizer's count, so that a resumed training needs nothing else.
        done = int(self.model.optimizer.iterations) / self.steps
        self.rate.assign(self.final * self.schedule(done))
