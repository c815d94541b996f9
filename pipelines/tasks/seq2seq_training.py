"""What the training of every sequence-to-sequence task has in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

from keras_s2s.layers.product import precision
from keras_s2s.losses import MeanObjective
from keras_s2s.machine import spread_over_cores
from keras_s2s.metrics import ObjectiveAccuracy, ObjectivePerplexity, PaddingShare
from pipelines.run import Run
from pipelines.tasks.precision import chosen_precision


class Seq2SeqTraining:
    """Those parts of `pipelines.tasks.protocol.Training` that do not depend on what the source is.

    Args:
        run: the run directory.
        precision: the setting of its products' precision.
    """

    def __init__(self, run: Run, precision: str):
        self.run = run
        self._precision = precision

    @contextmanager
    def context(self) -> Iterator[int]:
        """Compute matrix products in the run's precision, and give the number of slices of a batch."""
        slices = spread_over_cores()
        with precision(chosen_precision(self.run, self._precision)):
            yield slices

    def loss(self) -> keras.losses.Loss:
        """Return the loss."""
        return MeanObjective()

    def metrics(self) -> list[keras.metrics.Metric]:
        """Return perplexity, accuracy and the fraction of padding."""
        return [ObjectivePerplexity(), ObjectiveAccuracy(), PaddingShare()]

    def finish(self, network: keras.Model, held_out: Any) -> None:
        """Nothing is left to do when the network is trained."""
