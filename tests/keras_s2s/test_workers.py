"""What workers decide together; several real processes are in `tests/pipelines/jobs/test_strategies.py`."""

from collections.abc import Sequence

import pytest

from edge.errors import UserError
from keras_s2s.callbacks import BroadcastLogs
from keras_s2s.workers import Workers


class OneOfTwo(Workers):
    """A worker whose sums also have the values that the other worker would add."""

    def __init__(self, is_chief: bool, others: Sequence[float]):
        super().__init__()
        self.multi_worker, self.is_chief, self.others = True, is_chief, others

    def all_reduce_sum(self, values: Sequence[float]) -> list[float]:
        return [own + other for own, other in zip(values, self.others, strict=True)]


def test_a_single_process_is_the_chief_and_sums_are_its_own():
    alone = Workers()
    assert (alone.is_chief, alone.multi_worker) == (True, False)
    assert alone.all_reduce_sum([1.5, 2.0]) == [1.5, 2.0]
    assert (alone.any(True), alone.any(False)) == (True, False)
    assert alone.on_chief(lambda: "done") == "done"


def test_a_flag_of_any_worker_counts():
    assert OneOfTwo(True, [1.0]).any(False)
    assert not OneOfTwo(True, [0.0]).any(False)


def test_a_job_runs_on_the_chief_only():
    ran = []
    assert OneOfTwo(False, [0.0]).on_chief(lambda: ran.append("job")) is None
    assert ran == []
    assert OneOfTwo(True, [0.0]).on_chief(lambda: "result") == "result"


def test_an_error_of_the_chief_ends_the_job_on_all_workers():
    def fail() -> None:
        raise UserError("no such file")

    with pytest.raises(UserError, match="no such file"):
        OneOfTwo(True, [0.0]).on_chief(fail)
    # The chief's flag arrives as a one.
    with pytest.raises(UserError, match="see the log of worker 0"):
        OneOfTwo(False, [1.0]).on_chief(fail)


def test_logs_are_those_of_the_chief():
    logs = {"loss": 3.0, "val_loss": 4.0}
    BroadcastLogs(OneOfTwo(False, [1.0, 2.0])).on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "val_loss": 2.0}
    BroadcastLogs(OneOfTwo(True, [0.0, 0.0])).on_epoch_end(0, logs)
    assert logs == {"loss": 1.0, "val_loss": 2.0}
