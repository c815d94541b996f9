import errno
import os
import time
from pathlib import Path

import keras
import numpy as np
import pytest

from edge.errors import UserError
from keras_s2s.clock import Clock
from pipelines.data.position import Position
from pipelines.training.checkpoint import Checkpoint, read_checkpoint


class Counter:
    """Stands for a callback with a state."""

    def __init__(self) -> None:
        self.state = {"best": None}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Checkpoint:
    return make(tmp_path / "checkpoint.npz")


def make(path: Path, corpus: tuple[int, ...] = (10,)) -> Checkpoint:
    """A checkpoint of a small compiled model."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dropout(0.5)])
    metric = keras.metrics.MeanAbsoluteError()
    model.compile(keras.optimizers.Adam(0.1), "mse", metrics=[metric])
    made = Checkpoint(
        path, Position(1), [metric], {"counter": Counter()}, list(corpus), 0, Clock(time.monotonic() - 60)
    )
    made.set_model(model)
    return made


def test_state_of_callbacks_and_place_come_back(checkpoint, tmp_path):
    checkpoint.callbacks["counter"].state = {"best": 0.5}
    checkpoint.save(3, 17)
    again = make(tmp_path / "checkpoint.npz")
    saved = read_checkpoint(again.path)
    again.restore(saved)
    assert (again.epoch, again.batch, again.callbacks["counter"].state) == (3, 17, {"best": 0.5})
    # A clock is made with the seconds of the file, once: an epoch that is resumed in its middle is read twice.
    assert saved.seconds >= 60 and again.clock.seconds < 100


def test_a_full_disk_leaves_what_was_there(checkpoint, tmp_path, monkeypatch):
    checkpoint.save(1, 0)
    before = checkpoint.path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(2, 0)
    assert checkpoint.path.read_bytes() == before
    assert os.listdir(tmp_path) == ["checkpoint.npz"]


def test_other_training_files_are_refused(checkpoint, tmp_path):
    checkpoint.save(1, 0)
    again = make(tmp_path / "checkpoint.npz", corpus=(11,))
    with pytest.raises(UserError, match="other training files"):
        again.restore(read_checkpoint(again.path))


def test_no_file(checkpoint):
    with pytest.raises(UserError, match="no checkpoint"):
        read_checkpoint(checkpoint.path)


def test_states_of_other_callbacks_are_refused(checkpoint, tmp_path):
    checkpoint.callbacks["another"] = Counter()
    checkpoint.save(1, 0)
    again = make(tmp_path / "checkpoint.npz")
    with pytest.raises(UserError, match="by another version of keras_s2s; remove it to begin again"):
        again.restore(read_checkpoint(again.path))
