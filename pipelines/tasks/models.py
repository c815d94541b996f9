"""Runs and bundles by their path."""

from pathlib import Path

import keras

from edge.bundle import MANIFEST
from edge.errors import UserError
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks import task_of


def is_bundle(path: Path) -> bool:
    """Whether a path is a bundle rather than a run.

    Raises:
        UserError: there is nothing.
    """
    if not path.exists():
        raise UserError(f"{path}: no such run or bundle")
    return (path / MANIFEST).exists()


def load_run(path: Path) -> tuple[object, keras.Model]:
    """A run's task and its trained model.

    Raises:
        UserError: it is no run, or its weights are damaged.
    """
    run = Run.open(path)
    return task_of(run.task, path)(run), load_network(run)
