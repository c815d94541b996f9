"""`python -m edge segment`."""

import argparse

from edge.bundle import read_bundle
from edge.commands.arguments import add_bundle, add_threads, positive
from edge.outputs import check_outputs
from edge.pictures import overlay, read_picture, write_png
from edge.segmenter import Segmenter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument("picture", metavar="IMAGE", help="image file")
    parser.add_argument("-o", "--output", required=True, metavar="MASK.png", help="255 for foreground, or class ids")
    parser.add_argument("--overlay", metavar="OVERLAY.png", help="the picture with its mask drawn over it")
    add_threads(parser)
    parser.add_argument("--tile", type=positive, default=1024, metavar="N", help="side of a tile in pixels (1024)")
    parser.set_defaults(run=segment)


def segment(options: argparse.Namespace) -> None:
    """Write the mask of a picture."""
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
