"""`keras-s2s fetch`."""

from pathlib import Path
from typing import Annotated

import typer


def fetch(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="Data set: tatoeba-es-en, tatoeba-uk-en, cmudict or cmudict-stress (English words and their sounds, "
            "without or with stress), shapes (synthetic images), spoken-numbers (synthetic speech).",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Directory for train, valid, test and ATTRIBUTION.")],
    source_file: Annotated[
        Path | None,
        typer.Option("--from", help="File to use instead of downloading: a Tatoeba/Anki export, or cmudict.dict."),
    ] = None,
) -> None:
    """Get a data set, cleaned and split so that no test example is in the training set."""
    from pipelines.jobs.fetch import fetch as job

    job(name, out, source_file)
