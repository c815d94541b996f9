"""`keras-s2s evaluate`: how good a run or a bundle is."""

import time
from pathlib import Path
from typing import Any

from edge.bundle import read_bundle
from edge.errors import UserError
from edge.search.options import SearchOptions
from pipelines.models import is_bundle, load_run
from pipelines.pairs import PairReader, PathLike
from pipelines.tasks import task_of


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
        test_files: what to score on, columns as in the files that the run was trained on.
        limit: use only the first so many.
        threads: of the device's runner.
        beam: hypotheses that the search follows side by side.
        shortlist: use the bundle's shortlist.

    Returns:
        bleu, chrf, exact, signatures, seconds, sentences.

    Raises:
        UserError: path or file cannot be used.
    """
    path, options = Path(path), SearchOptions(beam=beam)
    if is_bundle(path):
        manifest = read_bundle(path).manifest
        task, reverse = task_of(manifest["task"], path), manifest["reverse"]
        predict = task.bundle_predictor(path, threads, options, shortlist)
    elif shortlist:
        raise UserError(f"{path}: is a run; only bundles have a shortlist")
    else:
        task, model = load_run(path)
        reverse = task.run.reverse
        predict = task.predictor(model, options)
    pairs = PairReader(test_files, reverse=reverse)
    started = time.perf_counter()
    scores = task.score(predict, pairs, limit)
    return {**scores, "seconds": time.perf_counter() - started}
