"""`python -m edge translate-file`."""

import argparse
from pathlib import Path

from edge.commands.arguments import add_bundle, add_carry, add_glossary, add_threads, positive
from edge.control import Control
from edge.documents import FORMATS
from edge.documents.translate import check_files, translate_file
from edge.glossary import Glossary
from edge.search.options import SearchOptions
from edge.translator import Translator


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    suffixes = " ".join(suffix.removeprefix(".") for suffix in FORMATS)
    parser.add_argument("file", metavar="FILE", help=f"file to translate; the suffix of its name is one of {suffixes}")
    parser.add_argument("--out", required=True, metavar="OUT", help="file to write, of the same format; must not exist")
    add_threads(parser)
    parser.add_argument("--batch", type=positive, default=32, metavar="N", help="batch size in sentences [32]")
    parser.add_argument("--shortlist", action="store_true", help="use the lexical shortlist of the bundle: faster")
    add_carry(parser)
    group = parser.add_argument_group("decoding")
    group.add_argument("--beam", type=positive, default=1, metavar="K", help="beam size; 1 is greedy search [1]")
    add_glossary(group)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> None:
    """Translate a file."""
    check_files(Path(options.file), Path(options.out))
    control = Control(glossary=Glossary.read(options.glossary))
    translator = Translator(options.bundle, options.threads, options.batch, options.shortlist, carry=options.carry)
    translate_file(options.file, options.out, translator, SearchOptions(beam=options.beam), control)
