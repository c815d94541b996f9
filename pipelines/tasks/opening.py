"""Runs and bundles by their path, each with its task."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import keras

from edge.bundle import read_bundle
from edge.errors import UserError
from pipelines.data.pairs import PathLike
from pipelines.network import load_network
from pipelines.run import Run, is_bundle
from pipelines.tasks import TASKS, configs
from pipelines.tasks.protocol import Decoding, Predict
from pipelines.tasks.task import Task


class LoadedRun(NamedTuple):
    """A run with its task and its trained network."""

    task: Task
    run: Run
    network: keras.Model


@dataclass(frozen=True)
class Opened:
    """A run or a bundle that is to be scored.

    Attributes:
        task: its task.
        data: the `Reader` of the test data.
        predictor: makes what predicts; only then a bundle's flatbuffer is loaded.
    """

    task: Task
    data: Any
    predictor: Callable[[], Predict]


def open_run(path: Path, trained: bool = True) -> Run:
    """Open a run directory of any task.

    Args:
        path: the directory.
        trained: it must have weights.

    Raises:
        UserError: it is none, or has no weights yet.
    """
    return Run.open(path, configs(), trained)


def load_run(path: Path) -> LoadedRun:
    """Open a run and load its network.

    Raises:
        UserError: it is no run, or its weights are damaged.
    """
    run = open_run(path)
    return LoadedRun(TASKS[run.task].of(run), run, load_network(run))


def open_scored(path: Path, test_files: PathLike, decoding: Decoding) -> Opened:
    """Open a run or a bundle with the data to score it on.

    Args:
        path: a run or a bundle.
        test_files: as for `train`, with the columns of the training files.
        decoding: how it predicts.

    Raises:
        UserError: path or files cannot be used, or the task does not know the decoding.
    """
    if is_bundle(path):
        bundle = read_bundle(path)
        name = bundle.manifest["task"]
        if name not in TASKS:
            raise UserError(f"{path}: is for {name}, not for {' or '.join(TASKS)}")
        task = TASKS[name].of(bundle)
        _check(task, path, decoding)
        data = task.scores.bundle_reader(bundle.manifest, test_files)
        return Opened(task, data, lambda: task.scores.bundle_predictor(path, decoding))
    run = open_run(path)
    task = TASKS[run.task].of(run)
    _check(task, path, decoding)
    if decoding.shortlist:
        raise UserError(f"{path}: is a run; only bundles have a shortlist")
    data = task.data(run).reader(test_files)
    return Opened(task, data, lambda: task.scores.predictor(run, load_network(run), decoding))


def _check(task: Task, path: Path, decoding: Decoding) -> None:
    if decoding.beam != 1:
        task.check_option("--beam", path)
    if decoding.shortlist:
        task.check_option("--shortlist", path)
    asked = {"--flips": decoding.flips, "--split": decoding.objects.split, "--min-area": decoding.objects.min_area != 1}
    for option in (option for option, wanted in asked.items() if wanted):
        task.check_option(option, path)
