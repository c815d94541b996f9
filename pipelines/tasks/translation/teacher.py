"""The run whose token probabilities a student learns: word-level distillation."""

from pathlib import Path

from edge.errors import UserError
from pipelines.run import Run
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.vocabularies import Vocabularies


def open_teacher(run: Run, config: TranslationConfig) -> Run:
    """Open the run that `train.teacher` names.

    Raises:
        UserError: it is no run, or one of other languages or columns.
    """
    teacher = Run.open(Path(config.train.teacher), {run.task: TranslationConfig})
    if (teacher.languages, teacher.columns) != (run.languages, run.columns):
        raise UserError(f"train.teacher: {teacher.path} has other languages or columns than {run.path}")
    return teacher


def open_matching_teacher(run: Run, config: TranslationConfig) -> Run:
    """Open the teacher, and check that it has the run's tokenizers.

    Raises:
        UserError: as `open_teacher`; or its tokenizers differ.
    """
    teacher = open_teacher(run, config)
    if not Vocabularies(run).same_as(Vocabularies(teacher)):
        raise UserError(f"train.teacher: {teacher.path} has other tokenizers than {run.path}")
    return teacher
