"""Each callback in a small `fit`, or fed with what `fit` would report."""

import json
import math
import time
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.callbacks import (
    AveragedWeights,
    Deadline,
    KeepBest,
    LinearDecay,
    PlateauDecay,
    StopOnNaN,
    TrainingLeft,
)
from keras_s2s.clock import Clock
from keras_s2s.optimizers import FusedAdam
from keras_s2s.schedules import WarmupScaled


def dense() -> keras.Model:
    keras.utils.set_random_seed(1)
    inputs = keras.Input((2,))
    return keras.Model(inputs, keras.layers.Dense(1, name="dense")(inputs))


@pytest.fixture
def model() -> keras.Model:
    model = dense()
    model.compile(FusedAdam(0.1), "mse")
    return model


def data(batches: int = 3, value: float = 1.0) -> tf.data.Dataset:
    return tf.data.Dataset.from_tensors((np.ones((4, 2), "float32"), np.full((4, 1), value, "float32"))).repeat(batches)


def attached(callback: keras.callbacks.Callback, model: keras.Model) -> keras.callbacks.Callback:
    callback.set_model(model)
    model.stop_training = False
    return callback


def test_keep_best_without_patience_does_not_stop(model, tmp_path):
    callback = attached(KeepBest(model, tmp_path / "model.keras", patience=0), model)
    for epoch in range(30):
        callback.on_epoch_end(epoch, {"val_loss": 1.0 + epoch})
    assert not model.stop_training and not callback.exhausted and callback.state["worse"] == 29


@pytest.mark.parametrize(
    "monitor, values, saved, stops",
    [
        ("loss", [3.0, 2.0, 2.5, 1.0], [0, 1, 3], False),
        ("bleu", [3.0, 2.0, 2.5, 4.0], [0, 3], False),
        ("loss", [1.0, 2.0, 3.0, 4.0], [0], True),
    ],
)
def test_keep_best_saves_the_best_and_stops_after_three_worse(model, tmp_path, monitor, values, saved, stops):
    path = tmp_path / "model.keras"
    callback = attached(KeepBest(model, path, monitor, larger_is_better=monitor == "bleu", patience=3), model)
    made = []
    for epoch, value in enumerate(values):
        callback.on_epoch_end(epoch, {"val_loss": 1.0, f"val_{monitor}": value})
        if path.exists():
            made.append(epoch)
            path.unlink()
    assert (made, model.stop_training) == (saved, stops)
    assert list(tmp_path.iterdir()) == []


def test_keep_best_saves_no_weights_that_are_no_numbers(model, tmp_path):
    callback = attached(KeepBest(model, tmp_path / "model.keras", "bleu"), model)
    callback.on_epoch_end(0, {"val_loss": math.nan, "val_bleu": 10.0})
    assert not (tmp_path / "model.keras").exists()


def test_keep_best_goes_on_with_its_state(model, tmp_path):
    callback = attached(KeepBest(model, tmp_path / "model.keras"), model)
    callback.state = {"best": 1.0, "worse": 2}
    callback.on_epoch_end(7, {"val_loss": 1.5})
    assert (callback.state, model.stop_training) == ({"best": 1.0, "worse": 3}, True)


def test_deadline_leaves_time_for_validation(model):
    callback = attached(Deadline(1000.0, Clock(time.monotonic())), model)
    callback.on_train_batch_end(0)
    assert not model.stop_training
    callback.validation = 1001.0
    callback.on_train_batch_end(1)
    assert model.stop_training


def test_a_deadline_within_a_validation_ends_training_with_it(model):
    callback = attached(Deadline(0.0, Clock(time.monotonic())), model)
    callback.on_test_begin()
    callback.on_epoch_end(0)
    assert model.stop_training


def test_a_loss_that_is_no_number_ends_training(model):
    callback = StopOnNaN()
    history = model.fit(data(5, value=math.nan), epochs=3, verbose=0, callbacks=[callback])
    assert callback.found
    assert len(history.history["loss"]) == 1


def test_a_validation_that_is_no_number_ends_training(model):
    callback = StopOnNaN()
    model.fit(data(), validation_data=data(1, value=math.nan), epochs=3, verbose=0, callbacks=[callback])
    assert callback.found
    assert len(model.history.epoch) == 1


class Weights(keras.callbacks.Callback):
    """Notes the kernel at each epoch's end."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[np.ndarray] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        self.seen.append(np.asarray(self.model.get_layer("dense").kernel).copy())


def test_averaged_weights_are_there_for_validation_only(model):
    model.compile(FusedAdam(0.1, use_ema=True, ema_momentum=0.9), "mse")
    before, after = Weights(), Weights()
    history = model.fit(
        data(), validation_data=data(1), epochs=3, verbose=0, callbacks=[before, AveragedWeights(), after]
    )
    plain = dense()
    plain.compile(FusedAdam(0.1), "mse")
    trained = Weights()
    plain.fit(data(), validation_data=data(1), epochs=3, verbose=0, callbacks=[trained])
    np.testing.assert_allclose(after.seen, trained.seen, atol=1e-5)
    assert np.abs(np.array(before.seen) - np.array(after.seen)).min() > 1e-3
    # The validation loss is that of the averaged weights.
    kernel, bias = before.seen[-1], np.asarray(model.get_layer("dense").bias)
    assert history.history["val_loss"][-1] == pytest.approx(float((kernel.sum() + bias[0] - 1) ** 2), rel=0.3)


def test_plateau_halves_the_rate_after_two_worse_epochs(model):
    schedule = WarmupScaled(0.4, 1)
    callback = attached(PlateauDecay(schedule), model)
    callback.on_train_begin()
    rates = []
    for epoch, loss in enumerate([3.0, 2.0, 2.5, 2.4, 2.1, 1.9]):
        callback.on_epoch_end(epoch, {"val_loss": loss})
        rates.append(float(schedule(100)))
    np.testing.assert_allclose(rates, [0.4, 0.4, 0.4, 0.2, 0.2, 0.2], rtol=1e-6)
    # A training that goes on has the rate it had.
    again = WarmupScaled(0.4, 1)
    later = PlateauDecay(again)
    later.state = callback.state
    later.on_train_begin()
    assert float(again(100)) == pytest.approx(0.2)


def test_epochs_that_do_not_count_lower_no_rate(model):
    schedule, pruned = WarmupScaled(0.4, 1), []
    callback = attached(PlateauDecay(schedule, ready=lambda: bool(pruned)), model)
    for epoch, loss in enumerate([1.0, 2.0, 3.0, 4.0]):
        callback.on_epoch_end(epoch, {"val_loss": loss})
    pruned.append(True)
    for epoch, loss in enumerate([5.0, 6.0], 4):
        callback.on_epoch_end(epoch, {"val_loss": loss})
    assert float(schedule(100)) == pytest.approx(0.4)
    callback.on_epoch_end(6, {"val_loss": 7.0})
    assert float(schedule(100)) == pytest.approx(0.2)


def test_what_is_left_within_an_epoch_and_where_one_is_resumed():
    def epoch(left, number, batches):
        shares = []
        left.on_epoch_begin(number)
        for batch in range(batches):
            left.on_train_batch_begin(batch)
            shares.append(left.share)
            left.on_train_batch_end(batch)
        return shares

    left = TrainingLeft(epochs=4, clock=Clock(0.0))
    # Of the first epoch the length is not known; the second one is longer than it.
    assert epoch(left, 0, 2) == [1.0, 1.0]
    assert epoch(left, 1, 3) == [0.75, 0.625, 0.5]
    again = TrainingLeft(epochs=4, clock=Clock(0.0))
    epoch(left, 2, 2)
    again.state = json.loads(json.dumps(left.state))
    assert epoch(again, 2, 1) == pytest.approx([0.5 - 0.25 * 2 / 3])
    assert epoch(again, 3, 3) == pytest.approx([0.25, 0.25 * 2 / 3, 0.25 / 3])


def test_linear_decay_by_epochs_and_by_time():
    schedule = WarmupScaled(1.0, 10)
    left = TrainingLeft(epochs=4, clock=Clock(time.monotonic() - 30), deadline=100)
    callback = LinearDecay(schedule, left)
    rates = []
    for epoch in range(4):
        left.on_epoch_begin(epoch)
        left.on_train_batch_begin(0)
        callback.on_train_batch_begin(0)
        rates.append(float(schedule(1000)))
    # Seven tenths of the time are left, and of the epochs all, three quarters, a half, a quarter.
    np.testing.assert_allclose(rates, [0.7, 0.7, 0.5, 0.25], atol=0.01)
    assert float(schedule(0)) == pytest.approx(0.1)


def test_a_deadline_that_has_passed_is_a_rate_of_zero():
    schedule = WarmupScaled(1.0, 1)
    left = TrainingLeft(epochs=4, clock=Clock(time.monotonic() - 100), deadline=99)
    left.on_epoch_begin(0)
    left.on_train_batch_begin(0)
    LinearDecay(schedule, left).on_train_batch_begin(0)
    assert float(schedule(5)) == 0.0


def test_saving_leaves_the_old_file_when_it_fails(model, tmp_path, monkeypatch):
    path: Path = tmp_path / "model.keras"
    callback = attached(KeepBest(model, path), model)
    callback.save()
    before = path.read_bytes()

    def fail(self: keras.Model, file: Path) -> None:
        file.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(keras.Model, "save", fail)
    with pytest.raises(OSError, match="No space"):
        callback.save()
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
