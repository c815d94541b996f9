"""The log of a run: one line per epoch."""

import csv
from pathlib import Path

import keras

from edge.files import replacing
from keras_s2s.clock import Clock


class RunLog(keras.callbacks.Callback):
    """Writes `log.csv`: epoch, minutes, learning rate, and what training and validation reported.

    Args:
        path: the file, replaced as a whole at each epoch, so that a resumed run continues its log.
        clock: of the training.
    """

    def __init__(self, path: Path, clock: Clock):
        super().__init__()
        self.path = path
        self.clock = clock
        self.state: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        row = {
            "epoch": epoch,
            "minutes": round(self.clock.seconds / 60, 2),
            "learning_rate": float(self.model.optimizer.learning_rate),
            **{name: float(value) for name, value in (logs or {}).items()},
        }
        self.state.append(row)
        with replacing(self.path) as partial, partial.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(self.state[0]))
            writer.writeheader()
            writer.writerows(self.state)
