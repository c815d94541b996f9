"""`keras-s2s compress`, `export` and `report`: from a trained run to something small."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from edge.errors import UserError
from pipelines.quiet import import_tensorflow


class Quantization(StrEnum):
    """Ways to store the weights."""

    none = "none"
    float16 = "float16"
    int8 = "int8"
    int8_static = "int8-static"
    int16x8 = "int16x8"
    int4 = "int4"
    mixed = "mixed"


class Method(StrEnum):
    """Ways to make a run smaller."""

    prune = "prune"
    cluster = "cluster"
    qat = "qat"
    distill = "distill"


# The options of `compress` that a method has, beside those of all methods.
OPTIONS = {
    Method.prune: ("sparsity",),
    Method.cluster: ("clusters",),
    Method.qat: ("bits",),
    Method.distill: ("student", "level", "with", "sentences"),
}


class Level(StrEnum):
    """What a student learns from its teacher."""

    sequence = "sequence"
    word = "word"


class Format(StrEnum):
    """What can be exported."""

    tflite = "tflite"
    saved_model = "saved-model"


RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run directory, made by train.")]


def compress(
    run: RunPath,
    method: Annotated[Method, typer.Option(help="What to hold the weights to.")],
    out: Annotated[Path, typer.Option(help="The run directory to make.")],
    train_files: Annotated[list[str], typer.Option("--train", help="Pairs to train on, columns as for train.")],
    valid_files: Annotated[list[str], typer.Option("--valid", help="Pairs to validate on.")],
    sparsity: Annotated[float | None, typer.Option(help="prune: share of each matrix that becomes zero; 0.8.")] = None,
    clusters: Annotated[int | None, typer.Option(help="cluster: distinct values of each matrix; 16.")] = None,
    bits: Annotated[int | None, typer.Option(help="qat: of the integers, 8 or 4; 8.")] = None,
    student: Annotated[
        str | None, typer.Option(help="distill: recipe of the student, a name or a YAML file; mobile.")
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="distill: learn translations, or the distribution of each token; sequence.")
    ] = None,
    ensemble: Annotated[
        list[Path] | None, typer.Option("--with", metavar="RUN", help="distill: a run that translates with the first.")
    ] = None,
    sentences: Annotated[
        int | None, typer.Option(min=1, help="distill: training sentences that the teacher translates; 30000.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated.")
    ] = None,
    max_minutes: Annotated[float | None, typer.Option(min=0.1, help="End in time, everything counted.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted training was saved.")] = False,
) -> None:
    """Make a run smaller: pruned, clustered or fit to be quantized by more training, or a student of it."""
    given = {"sparsity": sparsity, "clusters": clusters, "bits": bits}
    given |= {"student": student, "level": level, "with": ensemble or None, "sentences": sentences}
    for name in [name for name, value in given.items() if value is not None]:
        if name not in OPTIONS[method]:
            raise UserError(f"--{name}: is nothing that --method {method.value} knows")
    if level == Level.word and (sentences is not None or ensemble):
        raise UserError(
            "--sentences and --with: go with --level sequence; of words one teacher sees all training pairs"
        )
    import_tensorflow()
    time = {"max_minutes": max_minutes, "resume": resume}
    if method == Method.distill:
        from pipelines.jobs.distill import distill

        asked = {"level": level and level.value, "others": ensemble, "sentences": sentences}
        asked = {name: value for name, value in asked.items() if value}
        distill(run, out, student or "mobile", train_files, valid_files, settings or [], **asked, **time)
        return
    from pipelines.jobs import compress as job

    short = [f"compress.{name}={value}" for name, value in given.items() if value is not None]
    job.compress(run, out, method.value, train_files, valid_files, [*short, *(settings or [])], **time)


def export(
    run: RunPath,
    out: Annotated[Path, typer.Option(help="The bundle or SavedModel to make.")],
    format: Annotated[Format, typer.Option(help="What to make.")] = Format.tflite,
    quantize: Annotated[
        Quantization | None,
        typer.Option(help="How to store the weights of a bundle; int8 if not given."),
    ] = None,
    shortlist: Annotated[
        str | None, typer.Option(metavar="PAIRS", help="Learn from these pairs which pieces are likely, for speed.")
    ] = None,
    static: Annotated[bool, typer.Option("--static", help="Fix all shapes, for browsers and accelerators.")] = False,
    ids: Annotated[bool, typer.Option("--ids", help="A SavedModel without tokenizers: ids in, ids out.")] = False,
) -> None:
    """Make a bundle for devices, or a SavedModel for servers, and score it."""
    if format == Format.saved_model and (quantize or shortlist or static):
        raise UserError("--quantize, --shortlist and --static are for bundles, not for --format saved-model")
    if format == Format.tflite and ids:
        raise UserError("--ids is for a SavedModel: it goes with --format saved-model")
    import_tensorflow()
    if format == Format.saved_model:
        from pipelines.jobs.export_saved_model import export_saved_model

        export_saved_model(run, out, ids)
        return
    from pipelines.jobs import export as job

    job.export(run, out, quantize and quantize.value, shortlist, static)


def report(
    models: Annotated[
        list[Path], typer.Argument(metavar="RUN|BUNDLE...", help="The first is what others differ from.")
    ],
    test: Annotated[str, typer.Option(help="Pairs to score on, columns as in the training files.")],
    out: Annotated[Path, typer.Option(help="Directory for the table and the pictures.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N pairs.")] = None,
    pythons: Annotated[
        list[str] | None, typer.Option("--python", help="A Python to time bundles on, with another runtime, too.")
    ] = None,
) -> None:
    """Compare runs and bundles by size, quality and speed: a table and pictures."""
    import_tensorflow()
    from pipelines.jobs import report as job

    job.report(models, test, out, limit, [sys.executable, *(pythons or [])])
