"""What the jobs need to know of a task; everything else about them is the same for all tasks."""

from pathlib import Path

from edge.errors import UserError
from pipelines.data.images import ImageReader
from pipelines.data.pairs import PairReader
from pipelines.tasks.segmentation.task import Segmentation
from pipelines.tasks.translation.task import Translation

Task = Translation | Segmentation
Reader = PairReader | ImageReader

TASKS: dict[str, type[Task]] = {"translation": Translation, "segmentation": Segmentation}


def task_of(name: str, path: Path) -> type[Task]:
    """The task that a run or a bundle is for.

    Raises:
        UserError: this version does not know it.
    """
    if name not in TASKS:
        raise UserError(f"{path}: is for {name}, which is none of {', '.join(TASKS)}; update keras-s2s")
    return TASKS[name]
