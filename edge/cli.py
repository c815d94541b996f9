"""The commands of `python -m edge`."""

import argparse
import contextlib
import dataclasses
import itertools
import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from edge import __version__
from edge.bundle import Bundle, read_bundle
from edge.control import Control
from edge.errors import UserError
from edge.lines import read_lines
from edge.outputs import check_outputs
from edge.pictures import overlay, read_picture, write_png
from edge.runtime import find_runtime
from edge.search.options import SearchOptions
from edge.segmenter import Segmenter
from edge.serve.command import add_options, serve
from edge.terminal import write_utf8
from edge.translation import n_best_line
from edge.translator import Translator


def run(arguments: Sequence[str] | None = None) -> None:
    """Run a command of the device's command line.

    Raises:
        UserError: bad input.
        SystemExit: the arguments cannot be parsed, or ask for help.
    """
    options = _parse(arguments)
    options.run(options)


_DASHES = "; put texts that begin with - after --, for example: python -m edge translate BUNDLE -- -Hola"


class _Parser(argparse.ArgumentParser):
    """A parser whose errors say how a text that begins with - is given, and that does not hide that a disk is full."""

    def error(self, message: str) -> NoReturn:
        # -hola is taken for -h with more options behind it.
        is_text = "explicit argument" in message and self.prog.endswith(" translate")
        super().error(message + (_DASHES if is_text else ""))

    def _print_message(self, message: str, file: Any = None) -> None:
        (file or sys.stderr).write(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m edge", description="Run bundles on this device.")
    parser.add_argument("--version", action="version", version=f"keras-s2s {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    translate = commands.add_parser("translate", help="translate texts, or standard input line by line")
    translate.add_argument("bundle", metavar="BUNDLE", help="the bundle's directory")
    translate.add_argument("texts", metavar="TEXT", nargs="*", help="texts to translate [standard input, line by line]")
    translate.add_argument("--threads", type=_positive, default=1, metavar="N", help="threads of the runtime (1)")
    translate.add_argument("--batch", type=_positive, default=1, metavar="N", help="batch size in lines [1]")
    translate.add_argument("--cache", type=_positive, default=0, metavar="N", help="remember the last N sentences")
    translate.add_argument("--stream", action="store_true", help="print each translation while it is made")
    translate.add_argument("--shortlist", action="store_true", help="choose from likely pieces only: quicker")
    _add_search(translate)
    translate.set_defaults(run=_translate)
    bench = commands.add_parser("bench", help="measure how quick a bundle is here")
    bench.add_argument("bundle", metavar="BUNDLE", help="the bundle's directory")
    bench.add_argument("--threads", type=_positive, default=1, metavar="N", help="threads of the runtime (1)")
    bench.add_argument("--beam", type=_positive, default=1, metavar="K", help="beam size; 1 is greedy search [1]")
    bench.add_argument("--source", metavar="FILE", help="sentences to translate, one a line; else made-up ones")
    bench.add_argument("--json", action="store_true", help="print one JSON object")
    bench.set_defaults(run=_bench)
    server = commands.add_parser("serve", help="translate for others, over HTTP, and show a page (extra: serve)")
    add_options(server)
    server.set_defaults(run=_serve)
    segment = commands.add_parser("segment", help="write the mask of a picture")
    segment.add_argument("bundle", metavar="BUNDLE", help="the bundle's directory")
    segment.add_argument("picture", metavar="IMAGE", help="image file")
    segment.add_argument("-o", "--output", required=True, metavar="MASK.png", help="255 for foreground, or class ids")
    segment.add_argument("--overlay", metavar="OVERLAY.png", help="the picture with its mask drawn over it")
    segment.add_argument("--threads", type=_positive, default=1, metavar="N", help="threads of the runtime (1)")
    segment.add_argument("--tile", type=_positive, default=1024, metavar="N", help="side of a tile in pixels (1024)")
    segment.set_defaults(run=_segment)
    info = commands.add_parser("info", help="say what a bundle is")
    info.add_argument("bundle", metavar="BUNDLE", help="the bundle's directory")
    info.add_argument("--json", action="store_true", help="print the manifest and the installed runtime as JSON")
    info.set_defaults(run=_info)
    return parser


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses a command line; texts may stand after options, too, which argparse alone does not allow."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    if rest and "texts" in options and (rest[0] == "--" or not any(text.startswith("-") for text in rest)):
        options.texts += rest[1:] if rest[0] == "--" else rest
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}" + (_DASHES if "texts" in options else ""))
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected an integer of 1 or more, got {text!r}")
    return int(text)


def _add_search(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("search")
    group.add_argument("--beam", type=int, default=1, metavar="K", help="beam size; 1 is greedy search [1]")
    group.add_argument("--n-best", type=int, metavar="N", help="print the N best of each line, as JSON lines")
    keys = ", ".join(field.name for field in dataclasses.fields(SearchOptions) if field.name not in ("beam", "n_best"))
    group.add_argument("--search", action="append", default=[], metavar="KEY=VALUE", help=f"may be repeated: {keys}")
    group.add_argument("--prefix", default="", metavar="TEXT", help="what translations begin with")
    group.add_argument("--require", action="append", default=[], metavar="PHRASE", help="what appears in them")
    group.add_argument("--suppress", action="append", default=[], metavar="WORD", help="what does not appear in them")
    group.add_argument("--replace-unknown", action="store_true", help="copy source words that have no translation")


def _translate(options: argparse.Namespace) -> None:
    wanted = SearchOptions.parse(
        options.search, beam=options.beam, n_best=1 if options.n_best is None else options.n_best
    )
    control = Control(options.prefix, options.require, options.suppress, options.replace_unknown)
    names = ("threads", "batch", "shortlist", "cache")
    translator = Translator(options.bundle, **{name: getattr(options, name) for name in names})
    write_utf8()
    texts = iter(options.texts or read_lines(sys.stdin.buffer))
    if options.stream:
        if options.n_best is not None:
            raise UserError("--stream prints one translation of each line: it does not go together with --n-best")
        for text in texts:
            for bit in translator.stream(text, wanted, control):
                print(bit, end="", flush=True)
            print(flush=True)
        return
    line = 0
    while batch := list(itertools.islice(texts, options.batch)):
        if options.n_best is None:
            print(*translator.translate(batch, wanted, control), sep="\n", flush=True)
            continue
        for found in translator.n_best(batch, wanted, control):
            print(n_best_line(line, found), flush=True)
            line += 1


def _bench(options: argparse.Namespace) -> None:
    task = read_bundle(options.bundle).manifest["task"]
    measured = _bench_pictures(options) if task == "segmentation" else _bench_sentences(options)
    if options.json:
        print(json.dumps(measured))
        return
    print(f"runtime   {measured['runtime']} {measured['version']}, {measured['threads']} threads")
    peak = "peak unknown on this system" if measured["peak_mb"] is None else f"{measured['peak_mb']:.0f} MB at most"
    print(f"memory    {peak}, of it the model's file {measured['model_mb']:.1f} MB")
    if task == "segmentation":
        print(f"start     {measured['start_ms']:.0f} ms to the first mask")
        side = measured["side"]
        print(f"picture   {_spread(measured['picture_ms'])} ms, {measured['pictures']} pictures of {side} x {side}")
    else:
        print(f"start     {measured['start_ms']:.0f} ms to the first translation")
        print(f"step      {measured['step_ms']:.3f} ms")
        latency = _spread(measured["sentence_ms"])
        print(f"sentence  {latency} ms, {measured['sentences']} sentences, beam {measured['beam']}")
        print(f"tokens    {measured['tokens_per_second']:.0f} a second")
        if "words_per_second" in measured:
            print(f"words     {measured['words_per_second']:.0f} a second")
    print(f"operators {' '.join(measured['operators'])}")


def _bench_sentences(options: argparse.Namespace) -> dict[str, Any]:
    # Imported here: nobody waits for it who translates.
    from edge.bench import bench

    texts: list[str] = []
    if options.source:
        try:
            with open(options.source, "rb") as stream:
                texts = [line for line in read_lines(stream, options.source) if line.strip()]
        except OSError as error:
            raise UserError(f"{options.source}: cannot be read ({error.strerror or error})") from error
        if not texts:
            raise UserError(f"{options.source}: has no sentences; name a text file with one sentence per line")
    return bench(options.bundle, options.threads, options.beam, texts)


def _bench_pictures(options: argparse.Namespace) -> dict[str, Any]:
    from edge.bench_pictures import bench_pictures

    if options.source or options.beam != 1:
        raise UserError(f"{options.bundle}: is for segmentation: --source and --beam are for translation")
    return bench_pictures(options.bundle, options.threads)


def _spread(values: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.2f}" for name, value in values.items())


def _serve(options: argparse.Namespace) -> None:
    # Whoever stops a server is not interrupting it, not even while it starts.
    with contextlib.suppress(KeyboardInterrupt):
        serve(options)


def _segment(options: argparse.Namespace) -> None:
    bundle = read_bundle(options.bundle)
    outputs = {"--output": options.output, "--overlay": options.overlay}
    check_outputs(
        {option: path for option, path in outputs.items() if path is not None},
        [options.picture, *bundle.files],
    )
    segmenter = Segmenter(options.bundle, threads=options.threads, tile=options.tile)
    picture = read_picture(options.picture, 3)
    mask = segmenter.mask(picture)
    write_png(options.output, segmenter.drawable(mask))
    if options.overlay:
        write_png(options.overlay, overlay(picture, mask))


def _info(options: argparse.Namespace) -> None:
    write_utf8()
    bundle = read_bundle(options.bundle)
    name, version, _ = find_runtime()
    if options.json:
        print(json.dumps({**bundle.manifest, "installed_runtime": {"name": name, "version": version}}))
        return
    for label, value in _description(bundle):
        print(f"{label:14} {value}")
    print(f"{'here':14} {name} {version}")


def _description(bundle: Bundle) -> Iterator[tuple[str, str]]:
    manifest = bundle.manifest
    yield "task", manifest["task"]
    if languages := manifest.get("languages"):
        yield "languages", f"{languages['source']} to {languages['target']}"
    yield "quantization", manifest["quantization"]
    yield "runs on", ", ".join(manifest["runtimes"])
    yield "size", f"{bundle.bytes / 1e6:.1f} MB"
    for name, entry in manifest["files"].items():
        yield "", f"{name} {entry['bytes'] / 1e6:.2f} MB"
    if limits := manifest["limits"]:
        yield "limits", ", ".join(f"{name} {value}" for name, value in limits.items())
    # Numbers only: sacrebleu's signatures are long, and `--json` has them.
    for name, value in manifest["scores"].items():
        if isinstance(value, float | int):
            yield name, f"{value:.2f}" if isinstance(value, float) else str(value)
    yield "signatures", ", ".join(manifest["signatures"])
    yield "operators", " ".join(manifest["operators"])
