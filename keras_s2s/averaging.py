"""Checkpoint averaging: the mean of a network's weights after its last epochs (Vaswani et al. 2017, section 6.1)."""

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from edge.files import replacing


class LastWeights(keras.callbacks.Callback):
    """Keeps the weights after each of the last epochs in a folder, for `average_weights`.

    Args:
        network: model whose weights are averaged: the trained model itself, or one with the same weights.
        folder: for the files, one an epoch; it is made.
        count: how many epochs.
        ready: says whether the weights may be kept at all.
    """

    def __init__(self, network: keras.Model, folder: Path, count: int, ready: Callable[[], bool] = lambda: True):
        super().__init__()
        self.network = network
        self.folder = folder
        self.count = count
        self.ready = ready

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        if not np.isfinite((logs or {})["val_loss"]) or not self.ready():
            return
        self.folder.mkdir(exist_ok=True)
        with replacing(self.folder / f"{epoch:06}.npz") as partial, partial.open("wb") as stream:
            np.savez(stream, *self.network.get_weights())
        for old in _files(self.folder)[: -self.count]:
            old.unlink()


def average_weights(network: keras.Model, folder: Path) -> int:
    """Gives a network the mean of the weights in a folder.

    Args:
        network: of the form of the one that was trained.
        folder: of `LastWeights`.

    Returns:
        Of how many epochs they are; 0, and the network as it is, if there are none.
    """
    files = _files(folder)
    sums = [np.zeros(weight.shape, np.float64) for weight in network.get_weights()]
    for path in files:
        with np.load(path) as file:
            for index, total in enumerate(sums):
                total += file[f"arr_{index}"]
    if files:
        network.set_weights([total / len(files) for total in sums])
    return len(files)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.npz") if not path.name.startswith("."))
