"""Arguments that commands share."""

import argparse
import dataclasses

from edge.control import Control
from edge.search.options import SearchOptions


def positive(text: str) -> int:
    """Parse an integer of 1 or more."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected an integer of 1 or more, got {text!r}")
    return int(text)


def add_bundle(parser: argparse.ArgumentParser) -> None:
    """Add the bundle."""
    parser.add_argument("bundle", metavar="BUNDLE", help="the bundle: its directory, or a zip archive of it")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the number of threads."""
    parser.add_argument("--threads", type=positive, default=1, metavar="N", help="threads of the TFLite runtime [1]")


def add_glossary(parser: argparse._ArgumentGroup) -> None:
    """Add the glossary's file; `edge.glossary.Glossary.read` reads it."""
    parser.add_argument(
        "--glossary", metavar="FILE", help="translations of terms: a term, a tab, its translation per line"
    )


def add_carry(parser: argparse.ArgumentParser) -> None:
    """Add the option to translate all text."""
    parser.add_argument(
        "--no-carry",
        dest="carry",
        action="store_false",
        help="give numbers, URLs, placeholders and the like to the model, instead of carrying them over",
    )


def add_search(parser: argparse.ArgumentParser, results: str, source: str, beam: int) -> argparse._ArgumentGroup:
    """Add the options of the search, and what controls the text.

    Args:
        parser: of the command.
        results: its kind of results, for help, for example `translations`.
        source: its kind of source, for example `line`.
        beam: default of the beam size.
    """
    group = parser.add_argument_group("decoding")
    group.add_argument("--beam", type=int, metavar="K", help=f"beam size; 1 is greedy search [{beam}]")
    group.add_argument("--n-best", type=int, metavar="N", help=f"print the N best of each {source}, as JSON lines")
    keys = ", ".join(field.name for field in dataclasses.fields(SearchOptions) if field.name not in ("beam", "n_best"))
    group.add_argument(
        "--search", action="append", default=[], metavar="KEY=VALUE", help=f"decoding option; repeatable; keys: {keys}"
    )
    group.add_argument("--prefix", default="", metavar="TEXT", help="target prefix")
    group.add_argument(
        "--require",
        action="append",
        default=[],
        metavar="PHRASE",
        help="phrase that the output must contain; repeatable; needs --beam 2 or more",
    )
    group.add_argument(
        "--suppress",
        action="append",
        default=[],
        metavar="WORD",
        help="word that the output must not contain; repeatable",
    )
    parser.set_defaults(default_beam=beam)
    return group


def search_options(options: argparse.Namespace) -> SearchOptions:
    """Return the options of the search that a command line asks for."""
    beam = options.default_beam if options.beam is None else options.beam
    return SearchOptions.parse(options.search, beam=beam, n_best=1 if options.n_best is None else options.n_best)


def control(options: argparse.Namespace) -> Control:
    """Return what a command line asks of texts."""
    return Control(options.prefix, options.require, options.suppress)
