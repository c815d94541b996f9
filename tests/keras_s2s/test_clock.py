"""Seconds of a training, alone and among workers; the time of the process is made up."""

from collections.abc import Sequence

import pytest

from keras_s2s import clock as module
from keras_s2s.clock import Clock
from keras_s2s.workers import Workers


class OfTheChief(Workers):
    """Another worker than the chief, whose clock is at 500 seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.multi_worker, self.is_chief = True, False
        self.asked: list[list[float]] = []

    def broadcast(self, values: Sequence[float]) -> list[float]:
        self.asked.append(list(values))
        return [500.0]


@pytest.fixture(autouse=True)
def now(monkeypatch):
    """Sets the time of the process."""
    monkeypatch.setattr(module.time, "monotonic", lambda: 1030.0)


def test_seconds_of_a_training_that_is_resumed_include_those_before():
    assert Clock(1000.0).seconds == 30.0
    assert Clock(1000.0, earlier=70.0).seconds == 100.0


@pytest.mark.parametrize("event", ["on_train_begin", "on_train_batch_end", "on_test_begin", "on_epoch_end"])
def test_a_worker_reads_the_clock_of_the_chief(event):
    workers = OfTheChief()
    clock = Clock(1000.0, workers, earlier=70.0)
    assert clock.seconds == 70.0
    getattr(clock, event)(*[0] if event in ("on_train_batch_end", "on_epoch_end") else [])
    assert clock.seconds == 500.0
    assert workers.asked == [[100.0]]
