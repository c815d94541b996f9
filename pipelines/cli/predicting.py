"""`keras-s2s translate`, `translate-file`, `transcribe`, `segment` and `demo`."""

import itertools
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli import options
from pipelines.quiet import import_tensorflow


def translate(
    model: options.ModelPath,
    texts: Annotated[
        list[str] | None, typer.Argument(metavar="[TEXT ...]", help="Texts [standard input, line by line].")
    ] = None,
    beam: options.Beam = 1,
    n_best: Annotated[
        int | None, typer.Option(min=1, help="Print the N best translations of each line, as JSON lines.")
    ] = None,
    search: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=VALUE",
            help="Decoding option; repeatable. `python -m edge translate --help` lists the keys.",
        ),
    ] = None,
    prefix: Annotated[str, typer.Option(help="Target prefix.")] = "",
    require: Annotated[
        list[str] | None,
        typer.Option(metavar="PHRASE", help="Phrase that the output must contain; repeatable; needs --beam 2 or more."),
    ] = None,
    suppress: Annotated[
        list[str] | None, typer.Option(metavar="WORD", help="Word that the output must not contain; repeatable.")
    ] = None,
    glossary: options.GlossaryFile = None,
    no_carry: options.NoCarry = False,
    ensemble: Annotated[
        list[Path] | None,
        typer.Option(
            "--with", metavar="RUN", help="Further run for an ensemble (probabilities are averaged); repeatable."
        ),
    ] = None,
    threads: options.Threads = 1,
    batch: Annotated[int, typer.Option(min=1, help="Batch size in lines.")] = 1,
    attention_plot: Annotated[
        Path | None, typer.Option(help="PNG file for a plot of the attention of the first text.")
    ] = None,
) -> None:
    """Translate texts, or standard input line by line."""
    import_tensorflow()
    from edge.control import Control
    from edge.glossary import Glossary
    from edge.lines import read_lines
    from edge.search.options import SearchOptions
    from edge.terminal import write_utf8
    from edge.translation import n_best_line
    from pipelines.tasks.translation.translate import open_translator

    decoding = SearchOptions.parse(search or [], beam=beam, n_best=n_best)
    control = Control(prefix, require or (), suppress or (), Glossary.read(glossary))
    engine = open_translator(model, threads, ensemble or [], batch, not no_carry)
    # The locale may be anything; a translation is UTF-8.
    write_utf8()
    lines = enumerate(texts or read_lines(sys.stdin.buffer))
    while chunk := list(itertools.islice(lines, batch)):
        for (line, _), found in zip(chunk, engine.n_best([text for _, text in chunk], decoding, control), strict=True):
            print(found[0].text if n_best is None else n_best_line(line, found), flush=True)
            if line == 0 and attention_plot:
                from pipelines.plots import plot_attention

                plot_attention(found[0], attention_plot)


def translate_file(
    model: options.ModelPath,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to translate; the suffix of its name says of which format.")
    ],
    out: Annotated[Path, typer.Option(help="File to write, of the same format. It must not exist.")],
    beam: options.Beam = 1,
    glossary: options.GlossaryFile = None,
    no_carry: options.NoCarry = False,
    threads: options.Threads = 1,
    batch: Annotated[int, typer.Option(min=1, help="Batch size in sentences.")] = 32,
) -> None:
    """Translate a file into another one of its format: text, subtitles, web pages, documents, messages, JSON."""
    from edge.documents.translate import check_files

    check_files(file, out)
    import_tensorflow()
    from edge.control import Control
    from edge.documents.translate import translate_file as job
    from edge.glossary import Glossary
    from edge.search.options import SearchOptions
    from pipelines.tasks.translation.translate import open_translator

    control = Control(glossary=Glossary.read(glossary))
    job(file, out, open_translator(model, threads, batch=batch, carry=not no_carry), SearchOptions(beam=beam), control)


def transcribe(
    model: options.ModelPath,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Audio files.")],
    beam: options.Beam = 5,
    greedy_ctc: Annotated[
        bool, typer.Option("--greedy-ctc", help="Decode with CTC alone, greedily: faster; without --beam.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object per file, with word times.")] = False,
    threads: options.Threads = 1,
    attention_plot: Annotated[
        Path | None,
        typer.Option(help="PNG file for a plot of log-mel features and attention, of the beginning of the first file."),
    ] = None,
) -> None:
    """Transcribe audio files of any length, a line of text per file."""
    import_tensorflow()
    from edge.terminal import write_utf8
    from pipelines.tasks.speech.transcribe import transcribe_files

    write_utf8()
    for line in transcribe_files(model, files, None if greedy_ctc else beam, json, threads, attention_plot):
        print(line, flush=True)


def segment(
    model: options.ModelPath,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Image files, and folders of them.")],
    out: Annotated[
        Path,
        typer.Option(
            help="Directory for the masks: one PNG per image, of the same name; of a TIFF file with several pages one "
            "per page, NAME.page1.png and so on."
        ),
    ],
    overlays: Annotated[
        bool, typer.Option("--overlays", help="Also write each image with its mask as an overlay.")
    ] = False,
    objects: Annotated[
        bool,
        typer.Option(
            "--objects",
            help="Also write the objects of each image: NAME.objects.png (object ID of each pixel) and "
            "NAME.objects.csv (id, class, area, bounding box).",
        ),
    ] = False,
    min_area: Annotated[
        int | None, typer.Option(min=1, help="Smallest area of an object in pixels, with --objects [1].")
    ] = None,
    split: Annotated[
        bool, typer.Option("--split", help="Split touching objects at their necks (watershed), with --objects.")
    ] = False,
    flips: options.Flips = False,
    threads: options.Threads = 1,
) -> None:
    """Write the segmentation masks of images."""
    import_tensorflow()
    from edge.errors import UserError
    from edge.image_jobs import ObjectOptions
    from pipelines.tasks.segmentation.segment import segment as job

    if (split or min_area) and not objects:
        raise UserError(f"{'--split' if split else '--min-area'}: is for objects; use it with --objects")
    job(model, images, out, overlays, ObjectOptions(min_area or 1, split) if objects else None, threads, flips)


def demo(
    name: Annotated[
        str, typer.Argument(metavar="[NAME]", help="translation, words, segmentation or speech.")
    ] = "translation",
    out: Annotated[
        Path | None, typer.Option(help="Directory for everything [demo; for other demos demo-NAME].")
    ] = None,
    max_minutes: Annotated[
        float | None, typer.Option(min=0.5, help="Time limit of training in minutes [6; segmentation 3; speech 5].")
    ] = None,
) -> None:
    """Fetch a data set, train, quantize, score and predict: end to end, in a few minutes."""
    import_tensorflow()
    from pipelines.jobs.demo import demo as job

    job(name, out or Path("demo" if name == "translation" else f"demo-{name}"), max_minutes)
