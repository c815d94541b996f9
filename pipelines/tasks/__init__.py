"""The tasks. A job finds a run's task here and knows nothing else of it: see `protocol.py`."""

from pipelines.config import RunConfig
from pipelines.tasks.segmentation.task import SEGMENTATION
from pipelines.tasks.speech.task import SPEECH
from pipelines.tasks.task import Task
from pipelines.tasks.translation.task import TRANSLATION

TASKS: dict[str, Task] = {task.name: task for task in (TRANSLATION, SEGMENTATION, SPEECH)}


def configs() -> dict[str, type[RunConfig]]:
    """Return the class of each task's settings."""
    return {name: task.config for name, task in TASKS.items()}
