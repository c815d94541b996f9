"""What the distillation of every sequence-to-sequence task has in common."""

import hashlib
import itertools
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Generic, TypeVar

from edge.errors import UserError
from edge.files import replacing
from pipelines.data.files import PathLike
from pipelines.log import log
from pipelines.run import Run

# An example of the training set: a source and its target.
E = TypeVar("E")

# Says what predictions were made from.
_NOTE = "made_from.sha256"


class Seq2SeqDistillation(ABC, Generic[E]):
    """Those parts of `pipelines.tasks.task.Distillation` that do not depend on what the source is.

    Attributes:
        student: default recipe of the student.
        name: of the file of predictions.
        chunk: number of sources that are predicted between two saves.
    """

    student: str
    name: str
    chunk: int

    @abstractmethod
    def open(self, path: Path) -> Run:
        """Open a teacher.

        Raises:
            UserError: it is no run of this task.
        """

    @abstractmethod
    def examples(self, teacher: Run, files: Sequence[PathLike]) -> Iterable[E]:
        """Return the examples of training files; they are read twice."""

    @abstractmethod
    def identity(self, example: E) -> Any:
        """Return what tells the source of an example from others, as JSON."""

    @abstractmethod
    def predictor(self, teachers: Sequence[Run], beam: int) -> Callable[[Sequence[E]], list[E]]:
        """Return what puts predictions of the teachers in place of the targets.

        An example without a prediction teaches nothing: it is not returned.
        """

    @abstractmethod
    def write(self, file: Path, examples: Sequence[E]) -> None:
        """Write examples to a training file. The lines of several such files are one, too."""

    def corpus(self, file: Path, teacher: Run) -> Any:
        """Return the file of predictions as the task's reader takes it."""
        return file

    def sequences(
        self, teachers: Sequence[Path], files: Sequence[PathLike], folder: Path, most: int | None, beam: int
    ) -> list[Any]:
        """Predict training sources; the predictions are a corpus of their own, the first one of the student's.

        What a beam search finds has less variety than what people write, and a small network can learn it.
        """
        runs = [self.open(path) for path in teachers]
        examples = _spread(self.examples(runs[0], files), most)
        weights = "+".join(hashlib.sha256(run.model_file.read_bytes()).hexdigest() for run in runs)
        sources = [self.identity(example) for example in examples]
        made_from = hashlib.sha256(json.dumps([weights, beam, sources]).encode()).hexdigest()
        file = folder / self.name
        try:
            note = folder / _NOTE
            found = note.read_text(encoding="ascii") if note.exists() else None
            if found not in (None, made_from):
                raise UserError(f"{folder}: has predictions for other sources or of another teacher; remove it")
            if not file.exists():
                predict = self.predictor(runs, beam)
                folder.mkdir(parents=True, exist_ok=True)
                with replacing(note) as partial:
                    partial.write_text(made_from, encoding="ascii")
                self._predict(file, examples, predict)
            if not file.stat().st_size:
                raise UserError(f"{file}: the teacher has no prediction for any source; train the teacher longer")
        except OSError as error:
            raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
        return [self.corpus(file, runs[0]), *files]

    def _predict(self, file: Path, examples: Sequence[E], predict: Callable[[Sequence[E]], list[E]]) -> None:
        """Write the predictions for some sources at a time, then all to one file."""
        starts = range(0, len(examples), self.chunk)
        parts = [file.with_name(f"{start:08}.part") for start in starts]
        missing = [(start, part) for start, part in zip(starts, parts, strict=True) if not part.exists()]
        began, predicted = time.monotonic(), 0
        for done, (start, part) in enumerate(missing, 1):
            chunk = examples[start : start + self.chunk]
            with replacing(part) as partial:
                self.write(partial, predict(chunk))
            predicted, seconds = predicted + len(chunk), max(time.monotonic() - began, 1e-3)
            left = seconds / done * (len(missing) - done)
            log(
                f"predicted by the teacher: {start + len(chunk)} of {len(examples)}; {predicted / seconds:.1f} per "
                f"second, {left / 60:.1f} minutes left"
            )
        with replacing(file) as partial, partial.open("wb") as stream:
            stream.writelines(part.read_bytes() for part in parts)
        for part in parts:
            part.unlink()


def _spread(examples: Iterable[E], most: int | None) -> list[E]:
    """Return at most a number of examples, evenly spread; None for all."""
    if most is None:
        return list(examples)
    count = sum(1 for _ in examples)
    return list(itertools.islice(examples, 0, None, max(1, -(-count // most))))
