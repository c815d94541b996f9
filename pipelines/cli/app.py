"""The commands of `keras-s2s`.

What a command needs is imported when it runs: TensorFlow takes seconds, `--help` must not.
"""

import os
import re
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from edge import __version__
from edge.bundle import MANIFEST, RUN_MARKER
from edge.errors import UserError
from pipelines.cli.data import fetch
from pipelines.cli.exporting import export, site
from pipelines.cli.predicting import demo, segment, transcribe, translate, translate_file
from pipelines.cli.scoring import evaluate, report
from pipelines.cli.training import compress, train
from pipelines.recipe_files import RECIPES

# Commands of earlier versions, and what took their place.
_RETIRED = {
    ("segment", "train"): "keras-s2s train --recipe segmentation",
    ("segment", "predict"): "keras-s2s segment RUN|BUNDLE IMAGE... --out DIR",
    ("segment", "demo"): "keras-s2s demo segmentation",
}

# Of click, or of the copy of it that newer versions of typer bring.
_USAGE_ERROR: Any = typer.BadParameter.__base__
_DASHES = "; put texts that begin with - after --, for example: keras-s2s translate MODEL -- -Hola"


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
app.command(epilog="\n\n".join(map(_keys, ("small", "segmentation", "speech"))))(train)
for _command in (evaluate, compress, export, site, report, translate, translate_file, transcribe, segment, demo):
    app.command()(_command)


def run(arguments: Sequence[str]) -> int:
    """Run a command of the command line.

    Returns:
        The exit status that the command line's parser asks for: 0, or 2 for arguments that cannot be parsed.

    Raises:
        UserError: bad input.
    """
    _refuse_retired(arguments)
    command = typer.main.get_command(app)
    # Not `main`: it has ways of its own to end, with status 1, when a pipe is closed or Ctrl-C comes.
    try:
        with command.make_context("keras-s2s", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except _USAGE_ERROR as error:
        if "No such option" in error.message and error.ctx and error.ctx.info_name == "translate":
            error.message += _DASHES
        error.show()
        return error.exit_code
    return 0


def _refuse_retired(arguments: Sequence[str]) -> None:
    """Raise a UserError for a command of an earlier version; a model of that name goes first."""
    if len(arguments) < 2 or any(os.path.exists(os.path.join(arguments[1], name)) for name in (RUN_MARKER, MANIFEST)):
        return
    if new := _RETIRED.get((arguments[0], arguments[1])):
        raise UserError(f"keras-s2s {arguments[0]} {arguments[1]}: is now: {new}")
