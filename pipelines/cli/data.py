"""`keras-s2s fetch`."""

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Data set: tatoeba-es-en, tatoeba-uk-en, shapes (synthetic images), spoken-numbers (synthetic "
            "speech).",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Directory for train, valid, test and ATTRIBUTION.")],
    source_file: Annotated[
        Path | None, typer.Option("--from", help="A Tatoeba/Anki export to use instead of downloading.")
    ] = None,
) -> None:
    """Get a data set, cleaned and split so that no test example is in the training set."""
    from pipelines.jobs.fetch import fetch as job

    job(name, out, source_file)
