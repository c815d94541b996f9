"""Predictions of a teacher as a training file: which sources, what an interruption leaves, what is used again."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from edge.errors import UserError
from pipelines.config import RunConfig
from pipelines.run import Run
from pipelines.tasks.seq2seq_distillation import Seq2SeqDistillation

# A source and its target.
Example = tuple[int, str]


class Counting(Seq2SeqDistillation[Example]):
    """Sources are numbers, and a prediction is the word `n7` for 7; the teacher knows nothing of some."""

    name, chunk = "teacher.txt", 2

    def __init__(self, unknown: Iterable[int] = (), stop_at: int | None = None):
        self.unknown, self.stop_at = set(unknown), stop_at
        self.predicted: list[list[int]] = []

    def open(self, path: Path) -> Run:
        return Run(path, "numbers", None, None, RunConfig())

    def examples(self, teacher: Run, files: Sequence[Any]) -> list[Example]:
        return [(number, "reference") for number in files]

    def identity(self, example: Example) -> int:
        return example[0]

    def predictor(self, teachers: Sequence[Run], beam: int) -> Callable[[Sequence[Example]], list[Example]]:
        def predict(examples: Sequence[Example]) -> list[Example]:
            numbers = [number for number, _ in examples]
            if self.stop_at in numbers:
                raise KeyboardInterrupt
            self.predicted.append(numbers)
            return [(number, f"n{number}") for number in numbers if number not in self.unknown]

        return predict

    def write(self, file: Path, examples: Sequence[Example]) -> None:
        file.write_text("".join(f"{number} {word}\n" for number, word in examples))


@pytest.fixture
def teacher(tmp_path) -> Path:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "model.keras").write_bytes(b"weights")
    return tmp_path / "run"


def test_sources_are_evenly_spread(teacher, tmp_path):
    files = Counting().sequences([teacher], range(8), tmp_path / "out", 3, 5)
    assert files == [tmp_path / "out" / "teacher.txt", *range(8)]
    assert files[0].read_text() == "0 n0\n3 n3\n6 n6\n"


def test_all_sources_and_the_speed(teacher, tmp_path, capsys):
    files = Counting().sequences([teacher], range(5), tmp_path / "out", None, 5)
    assert files[0].read_text() == "".join(f"{number} n{number}\n" for number in range(5))
    said = capsys.readouterr().err
    assert re.search(r"predicted by the teacher: 4 of 5; [\d.]+ per second, 0.0 minutes left", said)


def test_an_interrupted_teacher_continues(teacher, tmp_path):
    folder, stopped, resumed, again = tmp_path / "out", Counting(stop_at=3), Counting(unknown=[4]), Counting()
    with pytest.raises(KeyboardInterrupt):
        stopped.sequences([teacher], range(5), folder, 99, 5)
    assert not (folder / "teacher.txt").exists()
    # What has no prediction is not written: of 4, a whole chunk.
    file = resumed.sequences([teacher], range(5), folder, 99, 5)[0]
    assert (stopped.predicted, resumed.predicted) == ([[0, 1]], [[2, 3], [4]])
    assert file.read_text() == "0 n0\n1 n1\n2 n2\n3 n3\n"
    assert again.sequences([teacher], range(5), folder, 99, 5)[0] == file and not again.predicted
    assert sorted(path.name for path in folder.iterdir()) == ["made_from.sha256", "teacher.txt"]


@pytest.mark.parametrize("changed", ["sources", "beam", "weights", "teachers"])
def test_other_predictions_are_not_used(changed, teacher, tmp_path):
    Counting().sequences([teacher], range(5), tmp_path / "out", 99, 5)
    if changed == "weights":
        (teacher / "model.keras").write_bytes(b"other")
    teachers = [teacher] * (2 if changed == "teachers" else 1)
    other = Counting()
    with pytest.raises(UserError, match="predictions for other sources or of another teacher; remove it"):
        sources, beam = range(4 if changed == "sources" else 5), 4 if changed == "beam" else 5
        other.sequences(teachers, sources, tmp_path / "out", 99, beam)
    assert not other.predicted


def test_a_teacher_that_predicts_nothing(teacher, tmp_path):
    for _ in range(2):
        with pytest.raises(UserError, match=r"teacher\.txt: the teacher has no prediction for any source"):
            Counting(unknown=range(5)).sequences([teacher], range(5), tmp_path / "out", 99, 5)


def test_a_folder_that_cannot_be_made(teacher, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UserError, match=r"out: cannot be written \("):
        Counting().sequences([teacher], range(5), tmp_path / "out", 99, 5)
