"""`keras-s2s compress --method distill`: a small run that learns from a large one."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from pipelines.config import as_assignments, assigned
from pipelines.data.files import PathLike
from pipelines.jobs.train import train
from pipelines.recipes import Recipe, load_recipe
from pipelines.tasks import TASKS, configs
from pipelines.tasks.opening import open_run

# Training sources that a teacher predicts, if not told.
SENTENCES = 30_000


def distill(
    path: PathLike,
    out: PathLike,
    student: str | None,
    train_files: PathLike | Sequence[PathLike],
    valid_files: PathLike | Sequence[PathLike],
    assignments: Sequence[str] = (),
    *,
    level: str = "sequence",
    others: Sequence[PathLike] = (),
    sentences: int | None = SENTENCES,
    beam: int = 5,
    max_minutes: float | None = None,
    resume: bool = False,
) -> dict[str, Any] | None:
    """Train a student on the predictions of its teacher: knowledge distillation (Kim and Rush 2016).

    Sequence-level distillation: the student is trained on the references and on predictions of the teacher, which are
    kept in a folder beside the student's run and used again. Word-level distillation: the student is also trained on
    the teacher's probabilities of each target token. With both, the targets are references and predictions.

    Args:
        path: the teacher's run.
        out: the student's directory, which must not exist or be empty, unless training is resumed.
        student: recipe of the student, a name or a YAML file; None for the task's default. The student has tokenizers
            of its own; with word-level distillation those of its teacher.
        train_files, valid_files: as for `train`, columns as in the files that the teacher was trained on.
        assignments: `KEY=VALUE` each, on top of the recipe.
        level: `sequence`, `word` or `both`.
        others: further runs of an ensemble of teachers, for sequence-level distillation.
        sentences: how many of the training sources the teacher predicts at most, evenly spread; None for all.
        beam: beam size of the teacher.
        max_minutes, resume: of the student's training, as for `train`; the teacher's time does not count.

    Returns:
        The scores of the student's best weights on the validation sample.

    Raises:
        UserError: as for `train`; or the task cannot be distilled.
    """
    teacher = open_run(Path(path))
    task = TASKS[teacher.task]
    if task.distillation is None:
        raise UserError(f"{path}: is for {task.name}, which has no --method distill")
    student = student or task.distillation.student
    recipe = load_recipe(student, configs(), assignments)
    if recipe.task != task.name:
        raise UserError(f"--student {student}: is a recipe for {recipe.task}; the teacher is for {task.name}")
    # Before TensorFlow runs anything.
    task.slices()
    files = [train_files] if isinstance(train_files, str | os.PathLike) else list(train_files)
    if level != "sequence":
        settings = as_assignments(task.distillation.word_settings(teacher))
        recipe = Recipe(recipe.task, assigned(recipe.config, settings), recipe.chosen)
    if level != "word":
        teachers = [Path(each) for each in (path, *others)]
        files = task.distillation.sequences(teachers, files, Path(f"{out}.teacher"), sentences, beam)
    return train(
        files,
        valid_files,
        out,
        recipe,
        languages=teacher.languages,
        columns=teacher.columns,
        max_minutes=max_minutes,
        resume=resume,
    )
