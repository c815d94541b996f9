"""The time that a training has taken."""

import time

import keras

from keras_s2s.workers import Workers


class Clock(keras.callbacks.Callback):
    """Measures how long a training has taken, in this process and in those that it resumes.

    It stands before the callbacks that read it. What depends on time has to be the same on all workers, so they all
    read the chief's clock, as it was when they last synchronized: after each batch and each validation.

    Args:
        started: `time.monotonic()` at which this process began.
        workers: that train together; a single one if not given.
        earlier: seconds that earlier processes of a resumed training took.
    """

    def __init__(self, started: float, workers: Workers | None = None, earlier: float = 0.0):
        super().__init__()
        self.started = started
        self.workers = workers or Workers()
        self.earlier = earlier
        self._synchronized = earlier

    @property
    def seconds(self) -> float:
        """Seconds of training so far, earlier processes included."""
        return self._synchronized if self.workers.multi_worker else self._local_seconds()

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._synchronize()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._synchronize()

    def on_test_begin(self, logs: dict | None = None) -> None:
        self._synchronize()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._synchronize()

    def _synchronize(self) -> None:
        if self.workers.multi_worker:
            (self._synchronized,) = self.workers.broadcast([self._local_seconds()])

    def _local_seconds(self) -> float:
        return self.earlier + time.monotonic() - self.started
