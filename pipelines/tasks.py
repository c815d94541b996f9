"""What the jobs need to know of a task; everything else about them is the same for all tasks."""

from pipelines.translation import Translation

TASKS = {"translation": Translation}
