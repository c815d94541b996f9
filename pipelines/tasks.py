"""What the jobs need to know of a task; everything else about them is the same for all tasks."""

from pathlib import Path

from edge.errors import UserError
from pipelines.translation import Translation

TASKS = {"translation": Translation}


def task_of(name: str, path: Path) -> type[Translation]:
    """The task that a run or a bundle is for.

    Raises:
        UserError: this version does not know it.
    """
    if name not in TASKS:
        raise UserError(f"{path}: is for {name}, which is none of {', '.join(TASKS)}; update keras-s2s")
    return TASKS[name]
