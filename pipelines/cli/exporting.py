"""`keras-s2s export` and `keras-s2s site`."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from edge.errors import UserError
from pipelines.cli import options
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
    auto = "auto"


class Runtime(StrEnum):
    """Runtimes that a bundle is for."""

    litert = "litert"
    any = "any"


class Format(StrEnum):
    """What can be exported."""

    tflite = "tflite"
    saved_model = "saved-model"


def export(
    run: options.RunPath,
    out: Annotated[Path, typer.Option(help="Bundle or SavedModel to make.")],
    format: Annotated[Format, typer.Option(help="tflite: a bundle for devices; saved-model: for servers.")] = (
        Format.tflite
    ),
    quantize: Annotated[
        Quantization | None,
        typer.Option(
            help="Quantization of the weights of a bundle; auto: the smallest that keeps the score of the float model "
            "[int8]."
        ),
    ] = None,
    runtime: Annotated[
        Runtime, typer.Option(help="litert: the bundle may need LiteRT; any: tflite-runtime can run it, too.")
    ] = Runtime.litert,
    shortlist: Annotated[
        str | None,
        typer.Option(
            metavar="PAIRS",
            help="Training pairs from which a lexical shortlist is estimated (faster output layer).",
        ),
    ] = None,
    static: Annotated[bool, typer.Option("--static", help="Static shapes, for browsers and accelerators.")] = False,
    ids: Annotated[
        bool, typer.Option("--ids", help="A SavedModel without tokenizers: token IDs as input and output.")
    ] = False,
) -> None:
    """Make a bundle for devices, or a SavedModel for servers, and score it."""
    if format == Format.saved_model and (quantize or shortlist or static or runtime == Runtime.any):
        raise UserError("--quantize, --runtime, --shortlist and --static need --format tflite, not saved-model")
    if format == Format.tflite and ids:
        raise UserError("--ids needs --format saved-model")
    import_tensorflow()
    if format == Format.saved_model:
        from pipelines.jobs.export_saved_model import export_saved_model

        export_saved_model(run, out, ids)
        return
    from pipelines.jobs.export import export as job

    job(run, out, quantize and quantize.value, shortlist, static, runtime == Runtime.any)


def site(
    bundles: Annotated[
        list[Path],
        typer.Argument(
            metavar="BUNDLE...", help="Bundles of translation or image segmentation, exported with --static."
        ),
    ],
    out: Annotated[Path, typer.Option(help="Directory of the site; with --single the HTML file.")],
    runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Directory with the files of npm pack @litertjs/core@2.5.3 @litertjs/wasm-utils@2.5.3; "
            "without it npm downloads them.",
        ),
    ] = None,
    title: Annotated[
        str | None, typer.Option(help="Title of the page. [Translate; Segment images, if it only does that]")
    ] = None,
    single: Annotated[
        bool, typer.Option("--single", help="One HTML file that also works from a disk, instead of a directory.")
    ] = False,
) -> None:
    """Make a static web page that translates or segments images in the browser, offline after the first visit."""
    from pipelines.site.build import build_single, build_site

    (build_single if single else build_site)(bundles, out, runtime, title)
