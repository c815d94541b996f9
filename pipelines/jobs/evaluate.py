"""`keras-s2s evaluate`: how good a run or a bundle is."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipelines.data.pairs import PathLike
from pipelines.tasks.opening import open_scored
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.task import Task

_GREEDY = Decoding()


def evaluate(
    path: PathLike, test_files: PathLike, limit: int | None = None, decoding: Decoding = _GREEDY
) -> tuple[Task, dict[str, Any]]:
    """Score a run's Keras model, or a bundle on the device's runtime.

    Args:
        path: a run or a bundle.
        test_files: what to score on, with columns as in the files that the run was trained on.
        limit: use only this many first examples.
        decoding: how it predicts.

    Returns:
        The task, and the scores that it has, with the number of examples and `seconds`.

    Raises:
        UserError: path or file cannot be used.
    """
    opened = open_scored(Path(path), test_files, decoding)
    predict = opened.predictor()
    started = time.perf_counter()
    scores = opened.task.scores.score(predict, opened.data, limit, detailed=True)
    return opened.task, {**scores, "seconds": time.perf_counter() - started}


def lines(task: Task, scores: dict[str, Any]) -> Iterator[str]:
    """Yield scores for people to read, with the signature of each where there is one."""
    signatures = scores.get("signatures", {})
    for metric in (metric for metric in task.scores.metrics if metric.name in scores):
        yield f"{metric.label:18} {scores[metric.name]:6.2f}   {signatures.get(metric.name, '%')}"
    if classes := scores.get("classes"):
        yield " ".join(f"{name:>7}" for name in classes[0])
        for row in classes:
            values = ("" if value is None else f"{value:.2f}" for name, value in row.items() if name != "class")
            yield " ".join(f"{value:>7}" for value in (row["class"], *values))
    counted = task.scores.counted
    yield f"{scores[counted]} {counted} in {scores['seconds']:.2f} seconds"
