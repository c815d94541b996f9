"""The time of a training."""

import time

import keras

from keras_s2s.workers import Workers


class Clock(keras.callbacks.Callback):
    """How long a training has taken, earlier processes counted in. It stands before the callbacks that ask it.

    What depends on time has to be the same on all workers. Theirs is the time of the chief, as it was when they last
    looked at it together: after each batch and each validation.

    Args:
        started: `time.monotonic()` at which this process began.
        workers: that train together; one alone if not given.
        earlier: seconds that earlier processes of a resumed training took.
    """

    def __init__(self, started: float, workers: Workers | None = None, earlier: float = 0.0):
        super().__init__()
        self.started = started
        self.workers = workers or Workers()
        self.earlier = earlier
        self._agreed = 0.0

    @property
    def seconds(self) -> float:
        """Since training began."""
        return self._agreed if self.workers.many else self._here()

    def on_train_begin(self, logs: dict | None = None) -> None:
        self._look()

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self._look()

    def on_test_begin(self, logs: dict | None = None) -> None:
        self._look()

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self._look()

    def _look(self) -> None:
        if self.workers.many:
            (self._agreed,) = self.workers.of_chief([self._here()])

    def _here(self) -> float:
        return self.earlier + time.monotonic() - self.started
