"""The command line. What a command needs is imported when it runs: TensorFlow takes seconds, `--help` must not."""

import contextlib
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from edge import __version__
from edge.bundle import MANIFEST, RUN_MARKER
from edge.errors import UserError
from pipelines.cli.data import fetch
from pipelines.cli.exporting import export
from pipelines.cli.predicting import demo, segment, translate
from pipelines.cli.scoring import evaluate, report
from pipelines.cli.training import compress, train
from pipelines.recipe_files import RECIPES
from pipelines.training.interrupted import Interrupted

# Commands of earlier versions, and what took their place.
_RETIRED = {
    ("segment", "train"): "keras-s2s train --recipe segmentation",
    ("segment", "predict"): "keras-s2s segment RUN|BUNDLE IMAGE... --out DIR",
    ("segment", "demo"): "keras-s2s demo segmentation",
}


def _keys(recipe: str) -> str:
    """Return a recipe that has every key, with a comment; blank lines would end the block that is printed as it is."""
    return f"Keys of --set, as the recipe '{recipe}' has them:\n\n\b\n" + re.sub(
        r"\n\n+", "\n", RECIPES[recipe].read_text(encoding="utf-8")
    )


app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train sequence-to-sequence models in Keras 3 and run them on a device without TensorFlow.",
)


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"keras-s2s {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None: ...


app.command()(fetch)
app.command(epilog="\n\n".join(map(_keys, ("small", "segmentation"))))(train)
for _command in (evaluate, compress, export, report, translate, segment, demo):
    app.command()(_command)


def _refuse_retired(arguments: list[str]) -> None:
    """Raise a UserError for a command of an earlier version; a model of that name goes first."""
    path = Path(arguments[1]) if len(arguments) > 1 else Path()
    if any((path / name).exists() for name in (RUN_MARKER, MANIFEST)):
        return
    if new := _RETIRED.get(tuple(arguments[:2])):
        raise UserError(f"keras-s2s {' '.join(arguments[:2])}: is now: {new}")


def main() -> None:
    """Runs a command. Bad input ends with one line and exit status 2."""
    warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
    try:
        _refuse_retired(sys.argv[1:])
        app()
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except Interrupted:
        # As after Ctrl-C elsewhere: what comes next in a script, or a scheduler, should not take it for done.
        sys.exit(130)
    except BrokenPipeError:
        # The reader of a pipe has gone (`| head`): nothing is wrong. Python would complain when it flushes.
        sys.stderr.close()


def run() -> None:
    """The program: a command, and then an end at once.

    TensorFlow's own end waits for the threads of its input pipelines, and with training that was ended in the middle of
    an epoch it was seen to wait for ever. All files are closed by then.
    """
    status: object = None
    try:
        main()
    except SystemExit as end:
        status = end.code
    if "tensorflow" not in sys.modules or not isinstance(status, int | None):
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(status or 0)
