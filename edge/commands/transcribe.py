"""`python -m edge transcribe`."""

import argparse
import io
import itertools
import json
import sys
from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from edge.audio import audio_blocks, audio_seconds, read_audio, resample_blocks, to_mono_float
from edge.audio_file import RATES
from edge.commands.arguments import add_bundle, add_search, add_threads, control, positive, search_options
from edge.errors import UserError
from edge.microphone import microphone_blocks
from edge.pcm import pcm_blocks
from edge.recognizer import Recognizer
from edge.subtitles import subtitles
from edge.terminal import write_utf8
from edge.transcript import Segment, Transcript, gap

_STANDARD_INPUT = "-"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="*",
        help="audio files; - for raw 16-bit samples of one channel on standard input",
    )
    parser.add_argument("--microphone", action="store_true", help="transcribe the microphone (extra: microphone)")
    parser.add_argument("--rate", type=positive, metavar="HZ", help="of standard input [the model's rate]")
    parser.add_argument("--json", action="store_true", help="print one JSON object per file, or per phrase")
    parser.add_argument("--srt", action="store_true", help="print subtitles (SubRip)")
    parser.add_argument("--greedy-ctc", action="store_true", help="decode with CTC alone, greedily: faster")
    add_threads(parser)
    add_search(parser, "transcripts", "file", beam=5)
    parser.set_defaults(run=transcribe, rest="files")


def transcribe(options: argparse.Namespace) -> None:
    """Transcribe files one after the other, or standard input or the microphone phrase by phrase."""
    _check(options)
    asked: dict[str, Any] = {"options": search_options(options), "control": control(options)}
    recognizer = Recognizer(options.bundle, options.threads)
    write_utf8()
    if options.microphone or options.files == [_STANDARD_INPUT]:
        blocks = _live(options, recognizer.rate)
        _print_phrases(recognizer.stream(blocks, **asked, greedy_ctc=options.greedy_ctc, live=True), options)
        return
    # Whatever is wrong with a file that its first bytes show is said before anything is printed.
    for file in options.files:
        audio_seconds(file)
    for file in options.files:
        if options.n_best is not None:
            print(_n_best_line(file, recognizer.n_best(*read_audio(file, recognizer.rate), **asked)), flush=True)
            continue
        blocks = audio_blocks(file, recognizer.rate)
        _print_file(file, recognizer.stream(blocks, **asked, greedy_ctc=options.greedy_ctc), options)


def _check(options: argparse.Namespace) -> None:
    """Check that options go together."""
    is_live = options.microphone or _STANDARD_INPUT in options.files
    if options.microphone and options.files:
        raise UserError("--microphone: does not go together with files; leave one of them out")
    if not options.microphone and not options.files:
        raise UserError("nothing to transcribe; name audio files, - for standard input, or --microphone")
    if _STANDARD_INPUT in options.files and len(options.files) > 1:
        raise UserError("-: standard input does not go together with other files; leave one of them out")
    if options.rate and options.files != [_STANDARD_INPUT]:
        raise UserError(
            "--rate: is for raw samples on standard input; files say theirs. Leave it out, or name - as file"
        )
    if options.rate and options.rate not in RATES:
        raise UserError(
            f"--rate {options.rate}: is not from {RATES[0]} to {RATES[-1]} Hz; name the rate of the samples"
        )
    if options.srt and len(options.files) > 1:
        raise UserError("--srt: subtitles are those of one file; name one")
    if options.srt and options.json:
        raise UserError("--srt: does not go together with --json; leave one of them out")
    if options.n_best is not None and (is_live or options.srt):
        raise UserError("--n-best: prints JSON lines of whole files; not of phrases or with --srt. Leave it out")
    if options.greedy_ctc and (options.beam is not None or options.n_best is not None or options.search):
        raise UserError("--greedy-ctc: decodes without a search; leave out --beam, --n-best and --search")


def _live(options: argparse.Namespace, rate: int) -> Iterator[np.ndarray]:
    if options.microphone:
        return microphone_blocks(rate)
    # Typed as any binary stream; it is always a buffered one.
    stream = cast(io.BufferedIOBase, sys.stdin.buffer)
    return resample_blocks(map(to_mono_float, pcm_blocks(stream)), options.rate or rate, rate)


def _print_phrases(segments: Iterator[Segment], options: argparse.Namespace) -> None:
    if options.microphone:
        print("listening; Ctrl-C ends", file=sys.stderr, flush=True)
    if options.srt:
        _print_subtitles(segments)
        return
    for segment in segments:
        print(json.dumps(segment.as_json(), ensure_ascii=False) if options.json else segment.text, flush=True)


def _print_file(file: str, segments: Iterator[Segment], options: argparse.Namespace) -> None:
    if options.srt:
        _print_subtitles(segments)
    elif options.json:
        print(json.dumps({"file": file, **Transcript.of(list(segments)).as_json()}, ensure_ascii=False), flush=True)
    else:
        _print_text(f"{file}\t" if len(options.files) > 1 else "", segments)


def _print_text(name: str, segments: Iterator[Segment]) -> None:
    """Prints a line, its segments as they are done."""
    # What goes wrong at the start is said before anything is printed; later, the line ends.
    first = next(segments, None)
    print(name, end="")
    written = ""
    try:
        for segment in itertools.chain([first] if first else [], segments):
            print(gap(written, segment.text) + segment.text, end="", flush=True)
            written = segment.text
    finally:
        print(flush=True)


def _print_subtitles(segments: Iterator[Segment]) -> None:
    for subtitle in subtitles(segments):
        print(subtitle, end="", flush=True)


def _n_best_line(file: str, transcripts: list[Transcript]) -> str:
    hypotheses = [{"text": each.text, "score": each.score, "confidence": each.confidence} for each in transcripts]
    return json.dumps({"file": file, "hypotheses": hypotheses}, ensure_ascii=False)
