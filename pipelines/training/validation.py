"""How good the predictions are, while training goes on."""

import keras

from pipelines.tasks import Task


class ScoreSample(keras.callbacks.Callback):
    """After each epoch predicts the run's validation sample, scores it, and shows some of it.

    Adds what the task reports to what the epoch does, for example `val_bleu`.

    Args:
        task: of the run.
        network: what predicts.
    """

    def __init__(self, task: Task, network: keras.Model):
        super().__init__()
        self.task = task
        self.sample = task.reader(task.sample)
        self.predict = task.predictor(network)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        scores = self.task.score(self.predict, self.sample, None)
        logs |= {f"val_{name}": scores[name] for name in self.task.REPORTED}
        self.task.show(self.predict, self.sample)
