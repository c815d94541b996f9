"""`python -m edge segment`."""

import argparse

from edge.bundle import read_bundle
from edge.commands.arguments import add_bundle, add_threads, positive
from edge.images import overlay, read_image, write_png
from edge.outputs import check_outputs
from edge.segmenter import Segmenter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file")
    parser.add_argument(
        "-o", "--output", required=True, metavar="MASK.png", help="mask to write: 255 is foreground, or class IDs"
    )
    parser.add_argument("--overlay", metavar="OVERLAY.png", help="also write the image with the mask as an overlay")
    add_threads(parser)
    parser.add_argument(
        "--tile",
        type=positive,
        default=1024,
        metavar="N",
        help="side length of a tile in pixels, a multiple of 32 [1024]",
    )
    parser.set_defaults(run=segment)


def segment(options: argparse.Namespace) -> None:
    """Write the mask of an image."""
    bundle = read_bundle(options.bundle)
    outputs = {"--output": options.output, "--overlay": options.overlay}
    check_outputs(
        {option: path for option, path in outputs.items() if path is not None},
        [options.image, *bundle.files],
    )
    segmenter = Segmenter(options.bundle, threads=options.threads, tile=options.tile)
    image = read_image(options.image, 3)
    mask = segmenter.mask(image)
    write_png(options.output, segmenter.drawable(mask))
    if options.overlay:
        write_png(options.overlay, overlay(image, mask))
