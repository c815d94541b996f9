"""`keras-s2s segment`: what only pictures need. Evaluate, compress, export and report take their runs as they are."""

import re
from pathlib import Path
from typing import Annotated

import typer

from pipelines.quiet import import_tensorflow

# The default recipe has every key, with a comment; blank lines would end the block that is printed as it is.
_RECIPE = Path(__file__).parent.parent / "tasks" / "segmentation" / "recipes" / "segmentation.yaml"
SETTINGS = re.sub(r"\n\n+", "\n", _RECIPE.read_text(encoding="utf-8"))

SETS = "A directory with the folders images and masks, a .txt of names beside them, or a .csv of image,mask."

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Segment pictures.")


@app.command(epilog=f"Keys of --set, as the recipe 'segmentation' has them:\n\n\b\n{SETTINGS}")
def train(
    train_sets: Annotated[list[str], typer.Option("--train", metavar="SET", help=SETS)],
    valid_sets: Annotated[list[str], typer.Option("--valid", metavar="SET", help="Pictures to validate on.")],
    out: Annotated[Path, typer.Option(help="The run directory to make.")],
    recipe: Annotated[
        str | None,
        typer.Option(help="Settings to start from: a recipe or a YAML file; segmentation if not given."),
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Short for --set train.epochs=N.")] = None,
    max_minutes: Annotated[float | None, typer.Option(min=0.1, help="End in time, everything counted.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted training was saved.")] = False,
) -> None:
    """Train a model on pictures and their masks."""
    import_tensorflow()
    from pipelines.config import MaskConfig, load_config
    from pipelines.jobs import train as job

    assignments = [*(settings or []), *([f"train.epochs={epochs}"] if epochs is not None else [])]
    # Without any setting a resumed run keeps its own.
    keeps = resume and not recipe and not assignments
    job.train(
        train_sets,
        valid_sets,
        out,
        None if keeps else load_config(recipe or "segmentation", assignments, MaskConfig),
        languages=None,
        max_minutes=max_minutes,
        resume=resume,
        task_name="segmentation",
    )


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(metavar="RUN|BUNDLE", help="A run, or a bundle made by export.")],
    pictures: Annotated[list[Path], typer.Argument(metavar="PICTURE...", help="Image files.")],
    out: Annotated[Path, typer.Option(help="Directory for a mask of each, as PNG of the same name.")],
    overlays: Annotated[
        bool, typer.Option("--overlays", help="Write each picture with its mask drawn over it, too.")
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads of the device's runner.")] = 1,
) -> None:
    """Write the masks of pictures."""
    import_tensorflow()
    from pipelines.tasks.segmentation.segment import predict as job

    job(model, pictures, out, overlays, threads)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where everything goes.")] = Path("demo-masks"),
    max_minutes: Annotated[float, typer.Option(min=0.5, help="Time for training.")] = 3.0,
) -> None:
    """Draw pictures, train, shrink, score and segment: the whole road, in a few minutes."""
    import_tensorflow()
    from pipelines.tasks.segmentation.demo import demo as job

    job(out, max_minutes)
