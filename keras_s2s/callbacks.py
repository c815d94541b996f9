"""What happens during `model.fit`."""

import math
import os
import time
from pathlib import Path

import keras


class KeepBest(keras.callbacks.Callback):
    """Saves the model, whole or not at all, whenever the validation loss is the lowest so far.

    Args:
        path: the `.keras` file. It holds the network without the optimizer's state.
    """

    def __init__(self, path: Path):
        super().__init__()
        self.path = path
        self.best = math.inf

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        loss = (logs or {})["val_loss"]
        if loss < self.best:
            self.best = loss
            self.save()

    def save(self) -> None:
        """Saves the weights as they are now."""
        partial = self.path.with_name(f".partial.{self.path.name}")
        # A view on the same layers that was never compiled, and so has no optimizer to save.
        keras.Model(self.model.input, self.model.output, name=self.model.name).save(partial)
        os.replace(partial, self.path)


class Deadline(keras.callbacks.Callback):
    """Ends training in time, in the middle of an epoch if need be, so that the validation after it still fits.

    Args:
        at: `time.monotonic()` at which training and validation are over.
    """

    def __init__(self, at: float):
        super().__init__()
        self.at = at
        self.validation = 0.0

    def on_test_begin(self, logs: dict | None = None) -> None:
        self.validation_began = time.monotonic()

    def on_test_end(self, logs: dict | None = None) -> None:
        self.validation = time.monotonic() - self.validation_began

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if time.monotonic() + self.validation >= self.at:
            self.model.stop_training = True


class StopOnNaN(keras.callbacks.Callback):
    """Ends training when the loss is no number any more; what was saved before is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.found = False

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if not math.isfinite((logs or {})["loss"]):
            self.found = True
            self.model.stop_training = True
