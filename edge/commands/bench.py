"""`python -m edge bench`."""

import argparse
import json
from collections.abc import Iterator
from typing import Any

from edge.bundle import read_bundle
from edge.commands.arguments import add_bundle, add_threads, positive
from edge.errors import UserError
from edge.lines import read_lines


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    add_threads(parser)
    parser.add_argument("--beam", type=positive, default=1, metavar="K", help="beam size; 1 is greedy search [1]")
    parser.add_argument(
        "--source", metavar="FILE", help="sentences to translate, one a line, or a recording [synthetic]"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=bench)


def bench(options: argparse.Namespace) -> None:
    """Measure a bundle, and print what was measured."""
    task = read_bundle(options.bundle).manifest["task"]
    measure, show = {"segmentation": (_images, _show_images), "speech": (_sound, _show_sound)}.get(
        task, (_sentences, _show_sentences)
    )
    measured = measure(options)
    if options.json:
        print(json.dumps(measured))
        return
    print(f"runtime   {measured['runtime']} {measured['version']}, {measured['threads']} threads")
    peak = "peak unknown on this system" if measured["peak_mb"] is None else f"{measured['peak_mb']:.0f} MB at most"
    print(f"memory    {peak}; model file {measured['model_mb']:.1f} MB")
    print(*show(measured), sep="\n")
    print(f"operators {' '.join(measured['operators'])}")


# Benchmarks are imported where they are used: other commands start faster without them.
def _sentences(options: argparse.Namespace) -> dict[str, Any]:
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


def _show_sentences(measured: dict[str, Any]) -> Iterator[str]:
    yield f"start     {measured['start_ms']:.0f} ms to the first translation"
    yield f"step      {measured['step_ms']:.3f} ms"
    latency = _spread(measured["sentence_ms"])
    yield f"sentence  {latency} ms, {measured['sentences']} sentences, beam {measured['beam']}"
    yield f"tokens    {measured['tokens_per_second']:.0f} a second"
    if "words_per_second" in measured:
        yield f"words     {measured['words_per_second']:.0f} a second"


def _images(options: argparse.Namespace) -> dict[str, Any]:
    from edge.bench_images import bench_images

    if options.source or options.beam != 1:
        raise UserError(f"{options.bundle}: is for segmentation: --source and --beam are for translation and speech")
    return bench_images(options.bundle, options.threads)


def _show_images(measured: dict[str, Any]) -> Iterator[str]:
    yield f"start     {measured['start_ms']:.0f} ms to the first mask"
    side = measured["side"]
    yield f"image     {_spread(measured['image_ms'])} ms, {measured['images']} images of {side} x {side}"


def _sound(options: argparse.Namespace) -> dict[str, Any]:
    from edge.bench_sound import bench_sound

    return bench_sound(options.bundle, options.threads, options.beam, options.source)


def _show_sound(measured: dict[str, Any]) -> Iterator[str]:
    yield f"start     {measured['start_ms']:.0f} ms to the first transcript"
    yield f"latency   {_spread(measured['first_word_ms'])} ms to the first word"
    computing = _spread(measured["seconds_per_second"], 4)
    yield f"sound     {computing} s of computing per second of sound"
    yield f"          {measured['recordings']} recordings of {measured['seconds']:.1f} s, beam {measured['beam']}"


def _spread(values: dict[str, float], digits: int = 2) -> str:
    return ", ".join(f"{name} {value:.{digits}f}" for name, value in values.items())
