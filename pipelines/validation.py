"""How good the translations are, while training goes on."""

from typing import Any

import keras

from pipelines.log import log
from pipelines.pairs import PairReader


class ScoreSample(keras.callbacks.Callback):
    """After each epoch predicts the run's validation sample, scores it, and shows some of it.

    Adds `val_bleu` and `val_chrf` to what the epoch reports.

    Args:
        task: of the run.
        network: what predicts.
        sample: the pairs.
        shown: how many of them are shown.
    """

    def __init__(self, task: Any, network: keras.Model, sample: PairReader, shown: int = 3):
        super().__init__()
        self.task = task
        self.sample = sample
        self.shown = list(sample)[:shown]
        self.predict = task.predictor(network)

    def on_epoch_end(self, epoch: int, logs: dict | None = None) -> None:
        scores = self.task.score(self.predict, self.sample, None)
        logs |= {"val_bleu": scores["bleu"], "val_chrf": scores["chrf"]}
        for pair, translation in zip(self.shown, self.predict([pair.source for pair in self.shown]), strict=True):
            log(f"  {pair.source}  ->  {translation}  ({pair.target})")
