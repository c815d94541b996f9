"""The seam between jobs and tasks: what a task must give, in four protocols, and what it may refuse.

A job (`pipelines/jobs`) is written against this file and `task.py`, and against nothing else of a task.
`pipelines/tasks/__init__.py` lists the tasks.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import keras
import tensorflow as tf

from edge.bundle import Manifest
from edge.image_jobs import ObjectOptions
from keras_s2s.export.signatures import Signatures
from pipelines.data.files import PathLike
from pipelines.data.position import Position
from pipelines.run import Run

# A callable from sources to predictions; what the two are, and what else it has, only the task's scores know.
Predict = Any


class Reader(Protocol):
    """A data set.

    Attributes:
        name: what messages call it.
    """

    name: str

    @property
    def corpora(self) -> list[list[Path]]:
        """The files of each part of the data set."""

    def summary(self) -> str:
        """Describe in one line what was read, and count what could not be used, after an iteration."""

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the examples, each a source and its target.

        Raises:
            UserError: a file cannot be used.
        """


@dataclass(frozen=True)
class Metric:
    """A score and how it is printed.

    Attributes:
        name: its key in JSON, in the log and in `train.monitor`.
        label: its name in tables.
        digits: decimal places.
        larger_is_better: the direction.
        worst: of an error rate, its value where all is wrong.
        tolerance: by how much an export with `--quantize auto` may be worse than the float model, in the metric's unit.
    """

    name: str
    label: str
    digits: int = 1
    larger_is_better: bool = True
    worst: float | None = None
    tolerance: float = 0.0

    def worse_by(self, value: float, other: float) -> float:
        """Return by what fraction of another value this value is worse; negative if it is better.

        Of an error rate it is the fraction of what was right: from 2 % to 3 % errors is 1 % worse.
        """
        if self.worst is not None:
            value, other = self.worst - value, self.worst - other
        better = self.larger_is_better or self.worst is not None
        difference = other - value if better else value - other
        return difference / other if other > 0 else float(difference > 0)

    def tolerates(self, value: float, other: float) -> bool:
        """Return whether a value is better than another one, or worse by the tolerance at most."""
        difference = other - value if self.larger_is_better else value - other
        # 25.3 - 25.0 is more than 0.3.
        return difference <= self.tolerance + 1e-9


@dataclass(frozen=True)
class Decoding:
    """How a run or a bundle predicts when it is scored.

    Attributes:
        beam: beam size; 1 is greedy search.
        shortlist: use the bundle's lexical shortlist.
        threads: of the TFLite runtime.
        flips: test-time flips of images.
        objects: how predicted masks become objects.
    """

    beam: int = 1
    shortlist: bool = False
    threads: int = 1
    flips: bool = False
    objects: ObjectOptions = field(default_factory=ObjectOptions)


@dataclass(frozen=True)
class ExportForm:
    """The form of an exported flatbuffer.

    Attributes:
        static: all shapes are fixed.
        shortlist: data to estimate a lexical shortlist from; None for none.
    """

    static: bool = False
    shortlist: PathLike | None = None


class Data(Protocol):
    """The data of a run. Made from a `Run`.

    Attributes:
        sample: the validation sample inside the run, on which every export is scored.
        epochs_differ: whether an epoch may have more batches than another.
    """

    sample: Path
    epochs_differ: bool

    def reader(self, patterns: PathLike | Iterable[PathLike]) -> Any:
        """Return the `Reader` of these files."""

    def sample_reader(self) -> Any:
        """Return the `Reader` of the validation sample."""

    def prepare(self, train: Any, valid: Any, chosen: frozenset[str]) -> None:
        """Make what the network needs before it is built, for example tokenizers, and the validation sample.

        Args:
            train, valid: readers.
            chosen: keys of the settings that the user gave one by one; other values may be adapted to the data.

        Raises:
            UserError: the data cannot be used.
        """

    def inherit(self, base: Run) -> None:
        """Copy from another run what `prepare` would make.

        Raises:
            OSError: a file cannot be copied.
        """

    def check(self, train: Any, valid: Any) -> None:
        """Look at the data once, after `prepare`, and log what a user should know.

        Raises:
            UserError: nothing can be learned from the data.
        """

    def batches(self, reader: Any, position: Position | None = None) -> tf.data.Dataset:
        """Return batches: shuffled for training, beginning at a position, or in order for validation."""


class Training(Protocol):
    """The network of a run and how it learns. Made from a `Run`.

    Attributes:
        fine_tuning: settings that `compress` changes, beside those of all tasks.
    """

    @property
    def fine_tuning(self) -> Mapping[str, Any]: ...

    def context(self) -> AbstractContextManager[int]:
        """Return the context in which the network is built and trained.

        It gives the number of slices of a batch that are computed in parallel.
        """

    def build(self) -> keras.Model:
        """Return the network, as it is saved, with initial weights.

        Raises:
            UserError: the settings name a file that cannot be used.
        """

    def trained(self, network: keras.Model, slices: int) -> keras.Model:
        """Return the model that is trained; it shares the network's weights."""

    def loss(self) -> keras.losses.Loss:
        """Return the loss of that model."""

    def metrics(self) -> list[keras.metrics.Metric]:
        """Return the metrics of that model."""

    def callbacks(self, trained: keras.Model) -> list[keras.callbacks.Callback]:
        """Return the callbacks that only this task needs."""

    def finish(self, network: keras.Model, held_out: Any) -> None:
        """Do what is left when the best weights are known, for example choose a threshold on validation data."""


class Scores(Protocol):
    """How predictions are made and scored, those of runs and of bundles alike. It needs no run.

    Attributes:
        metrics: what `score` returns, the one that models are compared by first.
        logged: what is logged after an epoch: keys of `score`, and of the Keras metrics.
        counted: key of the number of examples in `score`'s result, for example `sentences`.
        latency: key of the latency in the output of `python -m edge bench`, and its label.
    """

    @property
    def metrics(self) -> Sequence[Metric]: ...

    @property
    def logged(self) -> Sequence[Metric]: ...

    counted: str
    latency: tuple[str, str]

    def bundle_reader(self, manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> Any:
        """Return the reader of files that go with a bundle."""

    def predictor(self, run: Run, network: keras.Model, decoding: Decoding) -> Predict:
        """Return what predicts with a Keras model, on all cores."""

    def bundle_predictor(self, bundle: Path, decoding: Decoding) -> Predict:
        """Return what predicts with a bundle, on the device's runtime."""

    def score(self, predict: Predict, data: Any, limit: int | None, detailed: bool = False) -> dict[str, Any]:
        """Predict and score examples, at most `limit` of them.

        Args:
            predict: a predictor.
            data: a reader.
            limit: number of examples; None for all.
            detailed: also give the scores that only `evaluate` shows, if there are any; they take longer.
        """

    def show(self, run: Run, predict: Predict, sample: Any) -> None:
        """Log or plot a few predictions, after an epoch."""

    def identity(self, data: Any, limit: int | None) -> list[Any]:
        """Return what tells a data set from others, as JSON."""

    def outputs(self, predict: Predict, data: Any, limit: int | None) -> list[Any]:
        """Return predictions, or what `compare` needs of them, as JSON."""

    def compare(self, outputs: list[Any], first: list[Any], data: Any, limit: int | None) -> dict[str, Any]:
        """Score outputs, and compare them with those of the first model: columns of a report.

        Beside the columns there may be `notes`: Markdown that stands below the table; and `plots`: functions that write
        a PNG to a path, by name.
        """

    def bench_input(self, data: Any, limit: int | None) -> str:
        """Return lines for `python -m edge bench --source`; an empty text for synthetic input."""


class Served(Protocol):
    """A SavedModel of a run, and how it is called."""

    def module(self, network: keras.Model) -> Any:
        """Return the `tf.Module` to save; it has `signatures()`."""

    def predictor(self, signature: Callable[..., Any]) -> Predict:
        """Return what predicts with the signature `serving_default`, loaded again."""

    def warmup(self, sample: Any) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """Yield signatures and inputs with which TF Serving warms up."""


class Export(Protocol):
    """What a run becomes outside of Keras. Made from a `Run`.

    Attributes:
        quantizations: allowed ones, the default first; `none`, which is float, is one of them.
        refused: the others, with the reason of each.
    """

    @property
    def quantizations(self) -> Sequence[str]: ...

    @property
    def refused(self) -> Mapping[str, str]: ...

    def signatures(self, network: keras.Model, form: ExportForm) -> Signatures:
        """Return the graph functions of the flatbuffer."""

    def calibration(self, form: ExportForm) -> Iterable[tuple[str, dict[str, Any]]]:
        """Yield signatures and inputs for static quantization."""

    def manifest(self, form: ExportForm) -> dict[str, Any]:
        """Return what the manifest says beside what all tasks say."""

    def files(self, form: ExportForm, folder: Path) -> Mapping[str, Path]:
        """Return the files of the bundle beside the flatbuffer, by name; those to be made are written to a folder."""

    def served(self, ids: bool) -> Served:
        """Return what a SavedModel is made of; with `ids` one without tokenizers."""
