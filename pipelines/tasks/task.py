"""A task as one value: its name and its four protocols. Beside them what not every task has: distillation, a demo."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self

from edge.bundle import Bundle
from edge.errors import UserError
from pipelines.config import RunConfig
from pipelines.data.files import PathLike
from pipelines.run import Run
from pipelines.tasks.protocol import Data, Export, Metric, Scores, Training


class Distillation(Protocol):
    """How a student learns from a teacher of this task.

    Attributes:
        student: default recipe of the student.
    """

    student: str

    def word_settings(self, teacher: Run) -> dict[str, Any]:
        """Return the student's settings for word-level distillation."""

    def sequences(
        self, teachers: Sequence[Path], files: Sequence[PathLike], folder: Path, most: int | None, beam: int
    ) -> list[Any]:
        """Predict training sources with the teachers, and return the training files of the student.

        Args:
            teachers: runs; several are an ensemble.
            files: the training files.
            folder: where predictions are kept; what an interrupted call has written is used again.
            most: how many sources are predicted at most, evenly spread; None for all.
            beam: beam size.

        Raises:
            UserError: the folder has other predictions, or cannot be written.
        """


class Splits(NamedTuple):
    """The files of a demo's data set."""

    train: Path
    valid: Path
    test: Path


class Demo(Protocol):
    """What a demo brings to its five stages: data, training, export, scores, predictions.

    Attributes:
        data: what its data are, in a few words.
        training: what is trained, in a few words.
        minutes: default time limit of training.
        recipe, settings: of the run.
        languages: of the columns of its files, if they have any.
    """

    data: str
    training: str
    minutes: float
    recipe: str

    @property
    def settings(self) -> Sequence[str]: ...

    @property
    def languages(self) -> tuple[str, str] | None: ...

    def fetch(self, out: Path) -> Splits:
        """Write the data set below a directory; what is there already is used again.

        Raises:
            UserError: it cannot be had, or the directory holds something else.
        """

    def show(self, bundle: Path, splits: Splits, out: Path) -> list[str]:
        """Print or plot predictions of the bundle, and return a command line that makes one more."""


@dataclass(frozen=True)
class Task:
    """A task: its four protocols, and what it is called.

    Attributes:
        name: as runs and bundles have it.
        config: the class of its settings.
        recipe: name of its default recipe.
        slices: sets TensorFlow's threads, before TensorFlow runs anything, and returns the number of slices of a batch
            that are computed in parallel.
        data, training, export: make the protocol of a run.
        scores: how predictions are scored.
        scores_of: the same for a run or a bundle, where a task has several ways.
        refusals: command-line options that the task does not have, with the reason of each.
        distillation: how students learn from teachers, if they can.
        decide: settings, training and validation reader to settings of which none is `auto` any more.
        timed: settings of a training that has a time limit and no chosen number of epochs.
        columns: whether source and target stand in columns of a text file, so that there are languages, too.
    """

    name: str
    config: type[RunConfig]
    recipe: str
    slices: Callable[[], int]
    data: Callable[[Run], Data]
    training: Callable[[Run], Training]
    scores: Scores
    export: Callable[[Run], Export]
    scores_of: Callable[[Run | Bundle], Scores] | None = None
    refusals: Mapping[str, str] = field(default_factory=dict)
    distillation: Distillation | None = None
    decide: Callable[[Any, Any, Any], RunConfig] = lambda config, train, valid: config
    timed: Mapping[str, Any] = field(default_factory=lambda: {"train.epochs": 0})
    columns: bool = False

    def of(self, model: Run | Bundle) -> Self:
        """Return the task with the scores of a run, when its tokenizers are made, or of a bundle."""
        return replace(self, scores=self.scores_of(model)) if self.scores_of else self

    def check_option(self, option: str, where: object) -> None:
        """Raise a UserError if the task does not have a command-line option.

        Args:
            option: for example `--beam`.
            where: the run or bundle that the message names.
        """
        if option in self.refusals:
            raise UserError(f"{where}: {option} is not for {self.name}: {self.refusals[option]}")

    def metric(self, name: str) -> Metric:
        """Return the metric of this name; of `loss`, too, which every task has."""
        known = (*self.scores.logged, *self.scores.metrics, Metric("loss", "loss", 3, larger_is_better=False))
        return next(metric for metric in known if metric.name == name)

    def headline(self, scores: Mapping[str, Any]) -> str:
        """Return scores on the validation sample in a few words."""
        counted = self.scores.counted
        found = [metric for metric in self.scores.logged if metric.name in scores]
        return f"{_values(found, scores)} on {scores[counted]} validation {counted}"

    def epoch_line(self, logs: Mapping[str, float]) -> str:
        """Return what validation reported after an epoch."""
        validated = {name.removeprefix("val_"): value for name, value in logs.items() if name.startswith("val_")}
        return _values(self.scores.logged, validated)


def _values(metrics: Iterable[Metric], values: Mapping[str, Any]) -> str:
    return ", ".join(f"{metric.label} {values[metric.name]:.{metric.digits}f}" for metric in metrics)
