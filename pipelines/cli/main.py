"""The command line. What a command needs is imported when it runs: TensorFlow takes seconds, `--help` must not."""

import contextlib
import itertools
import json
import os
import re
import sys
import warnings
from pathlib import Path
from typing import Annotated

import typer

from edge.errors import UserError
from pipelines.cli.segment import app as segment_app
from pipelines.cli.shrink import compress, export, report
from pipelines.quiet import import_tensorflow
from pipelines.training.interrupted import Interrupted

# The default recipe has every key, with a comment; blank lines would end the block that is printed as it is.
_RECIPE = Path(__file__).parent.parent / "tasks" / "translation" / "recipes" / "small.yaml"
SETTINGS = re.sub(r"\n\n+", "\n", _RECIPE.read_text(encoding="utf-8"))

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Train sequence-to-sequence models in Keras 3 and run them on a device without TensorFlow.",
)


ModelPath = Annotated[Path, typer.Argument(metavar="RUN|BUNDLE", help="A run, or a bundle made by export.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output, and nothing else.")]
Beam = Annotated[int, typer.Option(help="Hypotheses that the search follows side by side; 1 is greedy.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads of the device's runner.")]


@app.command()
def fetch(
    corpus: Annotated[str, typer.Argument(help="tatoeba-es-en, tatoeba-uk-en, or shapes: pictures with masks.")],
    out: Annotated[Path, typer.Option(help="Directory for train, valid and test, and ATTRIBUTION.")],
    source_file: Annotated[
        Path | None, typer.Option("--from", help="A Tatoeba/Anki export to use instead of downloading.")
    ] = None,
) -> None:
    """Get a public corpus, cleaned and split so that no test sentence is in the training pairs; or draw pictures."""
    if corpus == "shapes":
        from pipelines.data.shapes import fetch_shapes

        if source_file:
            raise UserError("--from goes with a corpus: shapes are drawn, not downloaded")
        fetch_shapes(out)
        return
    from pipelines.data import corpora

    corpora.fetch(corpus, out, source_file)


@app.command(epilog=f"Keys of --set, as the recipe 'small' has them:\n\n\b\n{SETTINGS}")
def train(
    train_files: Annotated[
        list[str], typer.Option("--train", help="Pair file (source TAB target a line, .gz too), or a glob of them.")
    ],
    valid_files: Annotated[list[str], typer.Option("--valid", help="Pairs to validate on.")],
    out: Annotated[Path, typer.Option(help="The run directory to make.")],
    recipe: Annotated[
        str | None, typer.Option(help="Settings to start from: a recipe's name or a YAML file; small if not given.")
    ] = None,
    reverse: Annotated[bool, typer.Option("--reverse", help="The second column is the source.")] = False,
    languages: Annotated[
        str, typer.Option(metavar="A-B", help="Languages of the file's columns, for example es-en.")
    ] = "src-tgt",
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change a setting; may be repeated.")
    ] = None,
    batch_tokens: Annotated[int | None, typer.Option(min=1, help="Short for --set train.batch_tokens=N.")] = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Short for --set train.epochs=N.")] = None,
    max_minutes: Annotated[float | None, typer.Option(min=0.1, help="End in time, everything counted.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted training was saved.")] = False,
    strategy: Annotated[
        str, typer.Option(help="none; mirrored: all GPUs of this machine; or multiworker: the processes of TF_CONFIG.")
    ] = "none",
) -> None:
    """Train a model on pairs of sentences."""
    import_tensorflow()
    from pipelines.config import load_config
    from pipelines.jobs import train as job

    short = {"train.batch_tokens": batch_tokens, "train.epochs": epochs}
    assignments = [*(settings or []), *(f"{key}={value}" for key, value in short.items() if value is not None)]
    columns = tuple(languages.split("-"))
    if len(columns) != 2 or not all(columns):
        raise UserError(f"--languages {languages}: is not of the form A-B, for example es-en")
    # Without any setting a resumed run keeps its own.
    config = None if resume and not recipe and not assignments else load_config(recipe or "small", assignments)
    job.train(
        train_files,
        valid_files,
        out,
        config,
        languages=columns,
        reverse=reverse,
        max_minutes=max_minutes,
        resume=resume,
        strategy=strategy,
    )


@app.command()
def evaluate(
    model: ModelPath,
    test: Annotated[str, typer.Option(help="Pairs, columns as in the training files, or pictures to score on.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Use only the first N of them.")] = None,
    beam: Beam = 1,
    shortlist: Annotated[bool, typer.Option("--shortlist", help="Use the bundle's shortlist.")] = False,
    threads: Threads = 1,
    as_json: Json = False,
) -> None:
    """Score a run (Keras) or a bundle (on the device's runner): BLEU and chrF, or IoU and Dice."""
    import_tensorflow()
    from pipelines.jobs import evaluate as job

    scores = job.evaluate(model, test, limit, threads, beam, shortlist)
    if as_json:
        print(json.dumps(scores))
        return
    print(*job.lines(scores), sep="\n")


@app.command()
def translate(
    model: ModelPath,
    texts: Annotated[list[str] | None, typer.Argument(metavar="[TEXT ...]", help="Else standard input.")] = None,
    beam: Beam = 1,
    n_best: Annotated[int | None, typer.Option(help="Print the N best of each line, as JSON lines.")] = None,
    search: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Any option of the search; may be repeated.")
    ] = None,
    prefix: Annotated[str, typer.Option(help="What translations begin with.")] = "",
    require: Annotated[list[str] | None, typer.Option(help="A phrase that appears in them; needs a beam.")] = None,
    suppress: Annotated[list[str] | None, typer.Option(help="A word that does not appear in them.")] = None,
    replace_unknown: Annotated[
        bool, typer.Option("--replace-unknown", help="Copy source words that have no translation.")
    ] = False,
    ensemble: Annotated[
        list[Path] | None, typer.Option("--with", metavar="RUN", help="A run that translates together with the first.")
    ] = None,
    threads: Threads = 1,
    batch: Annotated[int, typer.Option(min=1, help="Lines translated side by side.")] = 1,
    attention_plot: Annotated[Path | None, typer.Option(help="Draw the first text's attention as PNG.")] = None,
) -> None:
    """Translate texts, or standard input line by line."""
    import_tensorflow()
    from edge.control import Control
    from edge.lines import read_lines
    from edge.search.options import SearchOptions
    from edge.translation import n_best_line
    from pipelines.tasks.translation.translate import translator

    options = SearchOptions.parse(search or [], beam=beam, n_best=n_best)
    control = Control(prefix, require or (), suppress or (), replace_unknown)
    engine = translator(model, threads, ensemble or [], batch)
    # The locale may be anything; a translation is UTF-8.
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    lines = enumerate(texts or read_lines(sys.stdin.buffer))
    while chunk := list(itertools.islice(lines, batch)):
        for (line, _), found in zip(chunk, engine.n_best([text for _, text in chunk], options, control), strict=True):
            print(found[0].text if n_best is None else n_best_line(line, found), flush=True)
            if line == 0 and attention_plot:
                from pipelines.plots import plot_attention

                plot_attention(found[0], attention_plot)


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Where everything goes.")] = Path("demo"),
    max_minutes: Annotated[float, typer.Option(min=0.5, help="Time for training.")] = 6.0,
) -> None:
    """Fetch a corpus, train Spanish to English, shrink, score and translate: the whole road, in a few minutes."""
    import_tensorflow()
    from pipelines.tasks.translation import demo as job

    job.demo(out, max_minutes)


for command in (compress, export, report):
    app.command()(command)
app.add_typer(segment_app, name="segment")


def main() -> None:
    """Runs a command. Bad input ends with one line and exit status 2."""
    warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
    try:
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
