"""`keras-s2s translate`: text through a run or a bundle."""

from pathlib import Path

from edge.errors import UserError
from edge.translator import Translator
from pipelines.models import is_bundle, load_run
from pipelines.pairs import PathLike
from pipelines.translation import Translation


def translator(path: PathLike, threads: int = 1) -> Translator:
    """The device's translator over a run's Keras model, or over a bundle.

    Args:
        path: a run or a bundle.
        threads: of the device's runner.

    Raises:
        UserError: path cannot be used, or is not for translation.
    """
    path = Path(path)
    if is_bundle(path):
        return Translator(path, threads=threads)
    task, model = load_run(path)
    if not isinstance(task, Translation):
        raise UserError(f"{path}: is for {task.run.task}, not for translation")
    return task.translator(model)
