"""What the demos share: their stages, and what an earlier demo has finished."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from edge.bundle import RUN_MARKER, read_bundle
from pipelines.jobs.evaluate import evaluate
from pipelines.log import log

Row = dict[str, Any]


def headline(number: int, text: str) -> None:
    """Says what comes now."""
    log(f"\n[{number}/5] {text}")


def is_trained(run: Path) -> bool:
    """Whether an earlier demo has trained a run; what one that was interrupted left of it is removed."""
    if (run / "scores.json").exists():
        log(f"{run}: already trained")
        return True
    if (run / RUN_MARKER).exists():
        log(f"{run}: an earlier demo was interrupted here; beginning anew")
        shutil.rmtree(run)
    return False


def measured(name: str, path: Path, test: Path) -> Row:
    """A run's or a bundle's scores, with its name as `model`, `megabytes`, and `milliseconds` of a sentence or picture.

    Keras computes on all cores, the device on one thread: their times are no race.
    """
    scores = evaluate(path, test)
    is_run = (path / RUN_MARKER).exists()
    size = (path / "model.keras").stat().st_size if is_run else read_bundle(path).bytes
    count = scores["sentences"] if "sentences" in scores else scores["images"]
    return {"model": name, **scores, "megabytes": size / 1e6, "milliseconds": 1000 * scores["seconds"] / count}


def show(title: str, columns: Mapping[str, Callable[[Row], str]], rows: Sequence[Row]) -> None:
    """Prints rows as a table: a column for each of what is made of a row."""
    table = Table(title=title, title_justify="left")
    for place, column in enumerate(columns):
        table.add_column(column, justify="right" if place else "left")
    for row in rows:
        table.add_row(*(cell(row) for cell in columns.values()))
    Console().print(table)
