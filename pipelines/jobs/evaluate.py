"""`keras-s2s evaluate`: how good a run or a bundle is."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.bundle import read_bundle
from edge.errors import UserError
from edge.search.options import SearchOptions
from pipelines.data.pairs import PathLike
from pipelines.tasks import task_of
from pipelines.tasks.models import is_bundle, load_run

_LABELS = {
    "bleu": "BLEU",
    "chrf": "chrF",
    "exact": "exact",
    "iou": "IoU",
    "dice": "Dice",
    "image_iou": "IoU, image mean",
    "image_dice": "Dice, image mean",
}


def evaluate(
    path: PathLike,
    test_files: PathLike,
    limit: int | None = None,
    threads: int = 1,
    beam: int = 1,
    shortlist: bool = False,
) -> dict[str, Any]:
    """Scores a run's Keras model, or a bundle on the device's runner.

    Args:
        path: a run or a bundle.
        test_files: what to score on: pairs, with columns as in the files that the run was trained on, or pictures.
        limit: use only the first so many.
        threads: of the device's runner.
        beam: hypotheses that the search of a translation follows side by side.
        shortlist: use the bundle's shortlist.

    Returns:
        bleu, chrf, exact, signatures, sentences of translations, or iou, dice, image_iou, image_dice, images of masks;
        and seconds.

    Raises:
        UserError: path or file cannot be used.
    """
    path = Path(path)
    # Only a translation is searched for.
    search: dict[str, Any] = {"options": SearchOptions(beam=beam)} if beam != 1 else {}
    if is_bundle(path):
        manifest = read_bundle(path).manifest
        task = task_of(manifest["task"], path)
        search |= {"shortlist": True} if shortlist else {}
        _check(path, manifest["task"], search)
        predict, data = task.bundle_predictor(path, threads, **search), task.bundle_reader(manifest, test_files)
    elif shortlist:
        raise UserError(f"{path}: is a run; only bundles have a shortlist")
    else:
        task, model = load_run(path)
        _check(path, task.run.task, search)
        predict, data = task.predictor(model, **search), task.reader(test_files)
    started = time.perf_counter()
    scores = task.score(predict, data, limit)
    return {**scores, "seconds": time.perf_counter() - started}


def lines(scores: dict[str, Any]) -> Iterator[str]:
    """Scores for people to read."""
    signatures = scores.get("signatures", {})
    for name, value in scores.items():
        if isinstance(value, float) and name != "seconds":
            yield f"{_LABELS[name]:18} {value:6.2f}   {signatures.get(name, '%')}"
    kind = next(name for name in ("sentences", "images") if name in scores)
    yield f"{scores[kind]} {kind} in {scores['seconds']:.2f} seconds"


def _check(path: Path, task: str, search: dict[str, Any]) -> None:
    if search and task != "translation":
        raise UserError(f"{path}: is for {task}; only translation has a beam and a shortlist")
