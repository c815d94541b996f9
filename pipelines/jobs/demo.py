"""`keras-s2s demo`: from a data set to predictions on the device, in a few minutes."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from edge.bundle import RUN_MARKER, read_bundle
from edge.errors import UserError
from edge.runtime import find_runtime
from pipelines.jobs.evaluate import evaluate
from pipelines.jobs.export import export
from pipelines.jobs.train import train
from pipelines.log import log
from pipelines.plots import plot_training
from pipelines.recipes import load_recipe
from pipelines.run import is_bundle
from pipelines.tasks import TASKS, configs
from pipelines.tasks.demos import DEMOS
from pipelines.tasks.opening import open_run
from pipelines.tasks.task import Demo, Splits, Task

Row = dict[str, Any]


def demo(name: str, out: Path, max_minutes: float | None = None) -> None:
    """Fetch a data set, train, export, score and predict.

    What an earlier demo finished in the same directory is used again.

    Args:
        name: a key of `DEMOS`.
        out: directory for all of it.
        max_minutes: time limit of training; the demo's own if not given.

    Raises:
        UserError: there is no such demo, the data cannot be had, or the directory holds something else.
    """
    if name not in DEMOS:
        raise UserError(f"demo {name}: is not one of {', '.join(DEMOS)}")
    started, chosen = time.monotonic(), DEMOS[name]
    minutes = max_minutes or chosen.minutes
    run, bundle = out / "run", out / "bundle"
    _headline(1, f"Data: {chosen.data}")
    splits = chosen.fetch(out)

    _headline(2, f"Training {chosen.training} for at most {minutes:g} minutes")
    task = _train(chosen, splits, run, minutes)
    logged = {metric.name: metric.label for metric in task.scores.logged}
    plot_training(run / "log.csv", logged, out / "training.png")

    _headline(3, "Export: quantized to 8 bits, for a device")
    if bundle.exists():
        log(f"{bundle}: already there")
    else:
        export(run, bundle, "int8")

    _headline(4, "Scores on examples that are not in the training set")
    rows = [_measured("Keras, float32", run, splits.test), _measured("bundle, int8", bundle, splits.test)]

    _headline(5, "Predictions on the device's runtime")
    example = chosen.show(bundle, splits, out)
    _show_scores(task, rows)
    runtime, version, _ = find_runtime()
    print(
        f"Keras uses all cores; the bundle uses one thread of {runtime} {version}. Reading files is part of the time."
    )
    print(f"The run is {run}, the bundle for a device {bundle}. Plots: {out / 'training.png'} and others in {out}.")
    print("Next:")
    print("  .venv/bin/" + " ".join(example))
    print(f"  .venv/bin/keras-s2s evaluate {bundle} --test {splits.test}")
    print(f"  .venv/bin/keras-s2s train --help    # recipe {chosen.recipe}")
    log(f"everything together took {(time.monotonic() - started) / 60:.1f} minutes")


def _headline(number: int, text: str) -> None:
    log(f"\n[{number}/5] {text}")


def _train(chosen: Demo, splits: Splits, run: Path, minutes: float) -> Task:
    """Train, unless an earlier demo has; what an interrupted one left is removed."""
    recipe = load_recipe(chosen.recipe, configs(), chosen.settings)
    if (run / "scores.json").exists():
        log(f"{run}: already trained")
        return _task(run)
    if (run / RUN_MARKER).exists():
        log(f"{run}: an earlier demo was interrupted here; beginning again")
        shutil.rmtree(run)
    train(splits.train, splits.valid, run, recipe, languages=chosen.languages, max_minutes=minutes)
    return _task(run)


def _measured(name: str, path: Path, test: Path) -> Row:
    """Return a run's or a bundle's scores, with its name as `model`, `megabytes`, and `milliseconds` per example."""
    task, scores = evaluate(path, test)
    size = read_bundle(path).bytes if is_bundle(path) else (path / "model.keras").stat().st_size
    milliseconds = 1000 * scores["seconds"] / scores[task.scores.counted]
    return {"model": name, **scores, "megabytes": size / 1e6, "milliseconds": milliseconds}


def _show_scores(task: Task, rows: Sequence[Row]) -> None:
    table = Table(title="Test set", title_justify="left")
    table.add_column("model")
    metrics = [metric for metric in task.scores.metrics if metric.name in rows[0]]
    for column in (*(metric.label for metric in metrics), "size, MB", task.scores.latency[1]):
        table.add_column(column, justify="right")
    for row in rows:
        values = [f"{row[metric.name]:.{metric.digits}f}" for metric in metrics]
        table.add_row(row["model"], *values, f"{row['megabytes']:.2f}", f"{row['milliseconds']:.2f}")
    Console().print(table)


def _task(run: Path) -> Task:
    opened = open_run(run)
    return TASKS[opened.task].of(opened)
