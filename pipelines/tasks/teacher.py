"""The run whose token probabilities a student learns: word-level distillation."""

from collections.abc import Callable
from pathlib import Path

from edge.errors import UserError
from pipelines.run import Run
from pipelines.tasks.seq2seq_config import Seq2SeqTrainConfig


def open_teacher(run: Run) -> Run:
    """Open the run that `train.teacher` names.

    Raises:
        UserError: it is no run, or one of another task, or of other languages or columns.
    """
    assert isinstance(run.config.train, Seq2SeqTrainConfig)
    teacher = Run.open(Path(run.config.train.teacher), {run.task: type(run.config)})
    if (teacher.languages, teacher.columns) != (run.languages, run.columns):
        raise UserError(f"train.teacher: {teacher.path} has other languages or columns than {run.path}")
    return teacher


def open_matching_teacher(run: Run, same_tokenizers: Callable[[Run, Run], bool]) -> Run:
    """Open the teacher, and check that it has the run's tokenizers.

    Args:
        run: the student.
        same_tokenizers: whether two runs of the task tokenize text in the same way.

    Raises:
        UserError: as `open_teacher`; or its tokenizers differ.
    """
    teacher = open_teacher(run)
    if not same_tokenizers(run, teacher):
        raise UserError(f"train.teacher: {teacher.path} has other tokenizers than {run.path}")
    return teacher
