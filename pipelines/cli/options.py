"""Arguments and options that several commands have."""

from pathlib import Path
from typing import Annotated

import typer

RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="Run directory, made by train.")]
ModelPath = Annotated[Path, typer.Argument(metavar="RUN|BUNDLE", help="Run directory, or bundle made by export.")]
TrainFiles = Annotated[
    list[str],
    typer.Option(
        "--train",
        metavar="FILE",
        help="Training set: a pair file (source TAB target, one pair per line; .gz, too) or a glob of them; a "
        "directory of images and masks, a .txt of names beside them, or a .csv of image,mask; or a list of recordings "
        "(path TAB transcript; NeMo's JSON lines; Common Voice's TSV). Repeatable.",
    ),
]
ValidFiles = Annotated[list[str], typer.Option("--valid", metavar="FILE", help="Validation set, as for --train.")]
Recipe = Annotated[str | None, typer.Option(help="Settings to start from: name of a recipe, or a YAML file [small].")]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; repeatable.")]
MaxMinutes = Annotated[
    float | None,
    typer.Option(min=0.1, help="Time limit in minutes, including validation and final evaluation [none]."),
]
Resume = Annotated[bool, typer.Option("--resume", help="Resume from the last checkpoint in --out.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
Beam = Annotated[int, typer.Option(min=1, help="Beam size; 1 is greedy search.")]
GlossaryFile = Annotated[
    Path | None,
    typer.Option(
        "--glossary", metavar="FILE", help="Translations of terms: a term, a tab and its translation per line."
    ),
]
NoCarry = Annotated[
    bool, typer.Option("--no-carry", help="Give numbers, URLs, placeholders and the like to the model, too.")
]
Flips = Annotated[
    bool,
    typer.Option(
        "--flips",
        help="Test-time flips of images: mean of the probabilities over the image and its three flips; four times the "
        "latency.",
    ),
]
MinArea = Annotated[int, typer.Option(min=1, help="Smallest area of a predicted object in pixels.")]
Split = Annotated[bool, typer.Option("--split", help="Split touching predicted objects at their necks (watershed).")]
Threads = Annotated[int, typer.Option(min=1, help="Threads of the TFLite runtime.")]
