"""`keras-s2s train` and `compress`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from edge.errors import UserError
from pipelines.cli import options
from pipelines.quiet import import_tensorflow

DEFAULT_RECIPE = "small"
AUTO = "auto"


class Method(StrEnum):
    """Compression methods."""

    prune = "prune"
    cluster = "cluster"
    qat = "qat"
    distill = "distill"


class Level(StrEnum):
    """What a student learns from its teacher."""

    sequence = "sequence"
    word = "word"
    both = "both"


# The options of `compress` that a method has, beside those of all methods.
METHOD_OPTIONS = {
    Method.prune: ("sparsity",),
    Method.cluster: ("clusters",),
    Method.qat: ("bits",),
    Method.distill: ("student", "level", "with", "sentences"),
}


def train(
    train_files: options.TrainFiles,
    valid_files: options.ValidFiles,
    out: Annotated[Path, typer.Option(help="Run directory to make.")],
    recipe: options.Recipe = None,
    columns: Annotated[
        str | None,
        typer.Option(
            metavar="S:T",
            help="Columns of source and target in pair files, counted from 1 [1:2]; 1,3:2 has features in column 3, "
            "separated by semicolons.",
        ),
    ] = None,
    reverse: Annotated[
        bool, typer.Option("--reverse", help="Same as --columns 2:1; --languages then names the columns as they stand.")
    ] = False,
    languages: Annotated[
        str | None,
        typer.Option(metavar="A-B", help="Languages of source and target, for example es-en, or pt-BR:en [src-tgt]."),
    ] = None,
    settings: options.Settings = None,
    batch_tokens: Annotated[int | None, typer.Option(min=1, help="Same as --set train.batch_tokens=N.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Same as --set train.epochs=N.")] = None,
    max_minutes: options.MaxMinutes = None,
    resume: options.Resume = False,
    strategy: Annotated[
        str,
        typer.Option(
            help="Distributed training: none; mirrored (all GPUs of this machine); multiworker (the processes that "
            "TF_CONFIG lists)."
        ),
    ] = "none",
) -> None:
    """Train a model. A recipe says which task it is for: translation, segmentation or speech."""
    from pipelines.data.columns import Columns
    from pipelines.data.languages import parse_languages

    if reverse and columns:
        raise UserError("--reverse is short for --columns 2:1; leave one of them out")
    chosen = Columns.parse(columns) if columns else Columns().swapped if reverse else None
    pair = None if languages is None else parse_languages(languages)
    import_tensorflow()
    from pipelines.jobs.train import train as job
    from pipelines.recipes import load_recipe
    from pipelines.tasks import configs

    same = {"train.batch_tokens": batch_tokens, "train.epochs": epochs}
    assignments = [*(settings or []), *(f"{key}={value}" for key, value in same.items() if value is not None)]
    job(
        train_files,
        valid_files,
        out,
        load_recipe(recipe or DEFAULT_RECIPE, configs(), assignments),
        # Without any setting a resumed run keeps its own.
        keep_settings=resume and not recipe and not assignments,
        languages=pair[::-1] if pair and reverse else pair,
        columns=chosen,
        max_minutes=max_minutes,
        resume=resume,
        strategy=strategy,
    )


def compress(
    run: options.RunPath,
    method: Annotated[
        Method,
        typer.Option(
            help="Compression method: prune, cluster, qat (quantization-aware training) or distill (knowledge "
            "distillation)."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Run directory to make.")],
    train_files: options.TrainFiles,
    valid_files: options.ValidFiles,
    sparsity: Annotated[
        str | None,
        typer.Option(
            metavar="FRACTION|auto",
            help="prune: fraction of zero weights per matrix [0.8]; auto: of all matrices together, more zeros "
            "where the validation loss depends on them less.",
        ),
    ] = None,
    clusters: Annotated[
        int | None, typer.Option(help="cluster: weight clustering: number of clusters per matrix [16].")
    ] = None,
    bits: Annotated[int | None, typer.Option(help="qat: bit width, 8 or 4 [8].")] = None,
    student: Annotated[
        str | None,
        typer.Option(help="distill: recipe of the student, a name or a YAML file [mobile; of speech speech-tiny]."),
    ] = None,
    level: Annotated[
        Level | None, typer.Option(help="distill: sequence-level or word-level distillation, or both [sequence].")
    ] = None,
    ensemble: Annotated[
        list[Path] | None,
        typer.Option("--with", metavar="RUN", help="distill: further teacher of an ensemble; repeatable."),
    ] = None,
    sentences: Annotated[
        str | None,
        typer.Option(metavar="N|all", help="distill: number of training sources that the teacher predicts [30000]."),
    ] = None,
    settings: options.Settings = None,
    max_minutes: options.MaxMinutes = None,
    resume: options.Resume = False,
) -> None:
    """Compress a run by more training: pruning, clustering, quantization-aware training, or a student of the run."""
    numbers = {"sparsity": sparsity, "clusters": clusters, "bits": bits}
    given = {**numbers, "student": student, "level": level, "with": ensemble or None, "sentences": sentences}
    for name in [name for name, value in given.items() if value is not None]:
        if name not in METHOD_OPTIONS[method]:
            methods = " or ".join(each.value for each, names in METHOD_OPTIONS.items() if name in names)
            raise UserError(f"--{name}: needs --method {methods}, not {method.value}")
    if level == Level.word and (sentences is not None or ensemble):
        raise UserError(
            "--sentences and --with need --level sequence or both. Word-level distillation uses one teacher and the "
            "whole training set."
        )
    import_tensorflow()
    if method == Method.distill:
        from pipelines.jobs.distill import SENTENCES, distill

        distill(
            run,
            out,
            student,
            train_files,
            valid_files,
            settings or [],
            level=(level or Level.sequence).value,
            others=ensemble or [],
            sentences=SENTENCES if sentences is None else _sentences(sentences),
            max_minutes=max_minutes,
            resume=resume,
        )
        return
    from pipelines.jobs.compress import compress as job

    short = [f"compress.{name}={value}" for name, value in numbers.items() if value not in (None, AUTO)]
    job(
        run,
        out,
        method.value,
        train_files,
        valid_files,
        [*short, *(settings or [])],
        by_sensitivity=sparsity == AUTO,
        max_minutes=max_minutes,
        resume=resume,
    )


def _sentences(text: str) -> int | None:
    """Read the value of `--sentences`; None for all."""
    if text == "all":
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UserError(f"--sentences {text}: is neither a number of at least 1 nor all")
    return int(text)
