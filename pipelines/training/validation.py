"""Scores on the validation sample during training."""

from typing import Any

import keras

from pipelines.run import Run
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.task import Task


class ScoreSample(keras.callbacks.Callback):
    """After each epoch predicts the run's validation sample, scores it, and shows some of it.

    It adds the scores to the epoch's logs, for example `val_bleu`.

    Args:
        task: of the run.
        run: the run directory.
        network: what predicts.
    """

    def __init__(self, task: Task, run: Run, network: keras.Model):
        super().__init__()
        self.task = task
        self.run = run
        self.sample = task.data(run).sample_reader()
        self.predict = task.scores.predictor(run, network, Decoding())

    def on_epoch_end(self, epoch: int, logs: dict[str, Any]) -> None:
        scores = self.task.scores.score(self.predict, self.sample, None)
        metrics = self.task.scores.metrics
        logs |= {f"val_{metric.name}": scores[metric.name] for metric in metrics if metric.name in scores}
        self.task.scores.show(self.run, self.predict, self.sample)
