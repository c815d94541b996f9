"""What the training of every sequence-to-sequence task has in common."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import keras

from keras_s2s.layers.product import precision
from keras_s2s.losses import MeanObjective
from keras_s2s.machine import spread_over_cores
from keras_s2s.metrics import ObjectiveAccuracy, ObjectivePerplexity, PaddingShare
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.precision import chosen_precision
from pipelines.tasks.seq2seq_config import Seq2SeqTrainConfig
from pipelines.tasks.teacher import open_matching_teacher


class Seq2SeqTraining:
    """Those parts of `pipelines.tasks.protocol.Training` that do not depend on what the source is.

    Args:
        run: the run directory.
        same_tokenizers: whether two runs of the task tokenize text in the same way.
    """

    # A run that is compressed has learned what its teacher knows.
    fine_tuning: Mapping[str, Any] = MappingProxyType({"train.teacher": ""})

    def __init__(self, run: Run, same_tokenizers: Callable[[Run, Run], bool]):
        assert isinstance(run.config.train, Seq2SeqTrainConfig)
        self.run = run
        self._settings = run.config.train
        self._same_tokenizers = same_tokenizers

    @contextmanager
    def context(self) -> Iterator[int]:
        """Compute matrix products in the run's precision, and give the number of slices of a batch."""
        slices = spread_over_cores()
        with precision(chosen_precision(self.run, self._settings.precision)):
            yield slices

    def teacher(self) -> keras.Model | None:
        """Return the network whose token probabilities are learned, if there is a teacher.

        Raises:
            UserError: the teacher cannot be used.
        """
        if not self._settings.teacher:
            return None
        return load_network(open_matching_teacher(self.run, self._same_tokenizers))

    def loss(self) -> keras.losses.Loss:
        """Return the loss."""
        return MeanObjective()

    def metrics(self) -> list[keras.metrics.Metric]:
        """Return perplexity, accuracy and the fraction of padding."""
        return [ObjectivePerplexity(), ObjectiveAccuracy(), PaddingShare()]

    def finish(self, network: keras.Model, held_out: Any) -> None:
        """Nothing is left to do when the network is trained."""
