from pathlib import Path

import keras
import numpy as np
import pytest

from keras_s2s.averaging import LastWeights, average_weights


@pytest.fixture
def network() -> keras.Model:
    inputs = keras.Input((2,))
    return keras.Model(inputs, keras.layers.Dense(1)(inputs))


def train(network: keras.Model, folder: Path, values: list[float], count: int = 2, loss: float = 1.0) -> None:
    callback = LastWeights(network, folder, count)
    for epoch, value in enumerate(values):
        network.set_weights([np.full((2, 1), value), np.full((1,), -value)])
        callback.on_epoch_end(epoch, {"val_loss": loss})


def test_the_mean_of_the_last_ones(network, tmp_path):
    train(network, tmp_path / "last", [9.0, 1.0, 4.0])
    assert sorted(path.name for path in (tmp_path / "last").iterdir()) == ["000001.npz", "000002.npz"]
    assert average_weights(network, tmp_path / "last") == 2
    np.testing.assert_array_equal(network.get_weights()[0], [[2.5], [2.5]])
    np.testing.assert_array_equal(network.get_weights()[1], [-2.5])


def test_an_epoch_that_is_done_again_counts_once(network, tmp_path):
    train(network, tmp_path / "last", [9.0, 1.0])
    train(network, tmp_path / "last", [3.0, 5.0])
    average_weights(network, tmp_path / "last")
    assert float(network.get_weights()[1][0]) == -4.0


def test_weights_that_are_not_ready(network, tmp_path):
    callback = LastWeights(network, tmp_path / "last", 2, ready=lambda: False)
    callback.on_epoch_end(0, {"val_loss": 1.0})
    assert average_weights(network, tmp_path / "last") == 0


def test_weights_that_are_no_numbers_and_none_at_all(network, tmp_path):
    train(network, tmp_path / "last", [7.0], loss=np.nan)
    assert average_weights(network, tmp_path / "last") == 0
    assert float(network.get_weights()[1][0]) == -7.0
