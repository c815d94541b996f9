"""`keras-s2s evaluate` and `report`."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import options
from pipelines.quiet import import_tensorflow

TestFiles = Annotated[
    str, typer.Option(help="Test set: pairs, with the columns of the training files, or images with masks.")
]


def evaluate(
    model: options.ModelPath,
    test: TestFiles,
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N examples [all].")] = None,
    beam: options.Beam = 1,
    shortlist: Annotated[bool, typer.Option("--shortlist", help="Use the lexical shortlist of the bundle.")] = False,
    flips: options.Flips = False,
    min_area: options.MinArea = 1,
    split: options.Split = False,
    threads: options.Threads = 1,
    as_json: options.Json = False,
) -> None:
    """Score a run (Keras) or a bundle (TFLite runtime): BLEU and chrF, error rates, or IoU, Dice and object scores."""
    import_tensorflow()
    from edge.image_jobs import ObjectOptions
    from pipelines.jobs.evaluate import evaluate as job
    from pipelines.jobs.evaluate import lines
    from pipelines.tasks.protocol import Decoding

    task, scores = job(model, test, limit, Decoding(beam, shortlist, threads, flips, ObjectOptions(min_area, split)))
    if as_json:
        print(json.dumps(scores))
        return
    print(*lines(task, scores), sep="\n")


def report(
    models: Annotated[
        list[Path],
        typer.Argument(metavar="RUN|BUNDLE...", help="Models to compare; the first one is the baseline."),
    ],
    test: TestFiles,
    out: Annotated[Path, typer.Option(help="Output directory for the table and the plots.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N examples [all].")] = None,
    pythons: Annotated[
        list[str] | None,
        typer.Option(
            "--python", metavar="PYTHON", help="Further Python, with a TFLite runtime, to time bundles on; repeatable."
        ),
    ] = None,
) -> None:
    """Compare runs and bundles by size, quality and latency: a table and plots."""
    import_tensorflow()
    from pipelines.jobs.report import report as job

    job(models, test, out, limit, [sys.executable, *(pythons or [])])
