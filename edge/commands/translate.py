"""`python -m edge translate`."""

import argparse
import itertools
import sys
from dataclasses import replace

from edge.commands.arguments import (
    add_bundle,
    add_carry,
    add_glossary,
    add_search,
    add_threads,
    control,
    positive,
    search_options,
)
from edge.errors import UserError
from edge.glossary import Glossary
from edge.lines import read_lines, read_text
from edge.terminal import write_utf8
from edge.translation import n_best_line
from edge.translator import Translator


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument("texts", metavar="TEXT", nargs="*", help="texts to translate [standard input, line by line]")
    add_threads(parser)
    parser.add_argument("--batch", type=positive, default=1, metavar="N", help="batch size in lines [1]")
    parser.add_argument(
        "--cache", type=positive, default=0, metavar="N", help="size of the translation cache, in sentences [0: none]"
    )
    parser.add_argument("--stream", action="store_true", help="print each translation while it is decoded")
    parser.add_argument("--html", action="store_true", help="texts, or standard input as a whole, are HTML")
    parser.add_argument("--shortlist", action="store_true", help="use the lexical shortlist of the bundle: faster")
    add_carry(parser)
    group = add_search(parser, "translations", "line", beam=1)
    add_glossary(group)
    parser.set_defaults(run=translate, rest="texts")


def translate(options: argparse.Namespace) -> None:
    """Translate the texts, or standard input line by line."""
    wanted, asked = search_options(options), control(options)
    asked = replace(asked, glossary=Glossary.read(options.glossary))
    names = ("threads", "batch", "shortlist", "cache", "carry")
    translator = Translator(options.bundle, **{name: getattr(options, name) for name in names})
    write_utf8()
    if options.html:
        if options.stream or options.n_best is not None:
            raise UserError("--html prints one document; remove --stream and --n-best, or remove --html")
        for text in options.texts:
            print(translator.translate_html(text, wanted, asked), flush=True)
        if not options.texts:
            print(translator.translate_html(read_text(sys.stdin.buffer), wanted, asked), end="", flush=True)
        return
    texts = iter(options.texts or read_lines(sys.stdin.buffer))
    if options.stream:
        if options.n_best is not None:
            raise UserError("--stream prints one translation per line; remove --n-best, or remove --stream")
        for text in texts:
            for bit in translator.stream(text, wanted, asked):
                print(bit, end="", flush=True)
            print(flush=True)
        return
    line = 0
    while batch := list(itertools.islice(texts, options.batch)):
        if options.n_best is None:
            print(*translator.translate(batch, wanted, asked), sep="\n", flush=True)
            continue
        for found in translator.n_best(batch, wanted, asked):
            print(n_best_line(line, found), flush=True)
            line += 1
