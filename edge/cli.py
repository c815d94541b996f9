"""The parser of `python -m edge`."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from edge import __version__
from edge.commands import bench, info, segment, transcribe, translate, translate_file
from edge.serve import command


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
    for name, add_options, meaning in (
        ("translate", translate.add_options, "translate texts, or standard input line by line"),
        ("translate-file", translate_file.add_options, "translate a file into another one of its format"),
        ("transcribe", transcribe.add_options, "transcribe recordings, standard input or the microphone"),
        ("bench", bench.add_options, "benchmark latency and memory of a bundle on this machine"),
        ("serve", command.add_options, "start the HTTP server with a web page (needs the extra serve)"),
        ("segment", segment.add_options, "image segmentation: write the mask of an image"),
        ("info", info.add_options, "print the metadata of a bundle"),
    ):
        add_options(commands.add_parser(name, help=meaning))
    commands.choices["serve"].set_defaults(run=_serve)
    return parser


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Parses a command line; texts and files may stand after options, too, which argparse alone does not allow."""
    parser = _parser()
    options, rest = parser.parse_known_args(arguments)
    texts = getattr(options, "rest", None)
    if rest and texts and (rest[0] == "--" or not any(text.startswith("-") and text != "-" for text in rest)):
        getattr(options, texts).extend(rest[1:] if rest[0] == "--" else rest)
    elif rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}" + (_DASHES if texts == "texts" else ""))
    return options


def _serve(options: argparse.Namespace) -> None:
    # Ctrl-C is the normal way to stop a server, also during its start.
    with contextlib.suppress(KeyboardInterrupt):
        command.serve(options)
