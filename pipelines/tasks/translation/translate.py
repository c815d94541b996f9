"""`keras-s2s translate`: text through a run or a bundle."""

from collections.abc import Sequence
from pathlib import Path

import keras

from edge.errors import UserError
from edge.translator import Translator
from pipelines.data.pairs import PathLike
from pipelines.tasks.models import is_bundle, load_run
from pipelines.tasks.translation.task import Translation


def translator(path: PathLike, threads: int = 1, others: Sequence[PathLike] = (), batch: int = 1) -> Translator:
    """The device's translator over a run's Keras model, or over a bundle.

    Args:
        path: a run or a bundle.
        threads: of the device's runner.
        others: runs that translate together with a run, an ensemble.
        batch: sentences that are translated side by side.

    Raises:
        UserError: path cannot be used, or is not for translation.
    """
    path = Path(path)
    if is_bundle(path):
        if others:
            raise UserError(f"{path}: is a bundle; an ensemble is made of runs")
        return Translator(path, threads=threads, batch=batch)
    first, *rest = (_translation(Path(each)) for each in (path, *others))
    task, model = first
    return task.translator(model, rest, batch)


def _translation(path: Path) -> tuple[Translation, keras.Model]:
    task, model = load_run(path)
    if not isinstance(task, Translation):
        raise UserError(f"{path}: is for {task.run.task}, not for translation")
    return task, model
