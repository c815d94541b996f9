"""`python -m edge segment`."""

import argparse

from edge.bundle import read_bundle
from edge.commands.arguments import add_bundle, add_threads, positive
from edge.errors import UserError
from edge.images import check_png, overlay, read_image, write_png
from edge.objects import find_objects
from edge.outputs import check_outputs
from edge.segmenter import Segmenter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file")
    outputs = parser.add_argument_group("outputs, at least one")
    outputs.add_argument("-o", "--output", metavar="MASK.png", help="mask: 255 is foreground, or class IDs")
    outputs.add_argument("--overlay", metavar="OVERLAY.png", help="image with the mask as an overlay")
    outputs.add_argument(
        "--objects", metavar="LABELS.png", help="object ID of each pixel; 16 bits if there are more than 255 objects"
    )
    outputs.add_argument(
        "--table", metavar="OBJECTS.csv", help="table of the objects: id, class, area, left, top, right, bottom"
    )
    objects = parser.add_argument_group("objects: connected components (8 neighbours) of each class but 0")
    objects.add_argument("--min-area", type=positive, metavar="N", help="smallest area of an object in pixels [1]")
    objects.add_argument(
        "--split", action="store_true", help="split touching objects at their necks (watershed) [no splitting]"
    )
    add_threads(parser)
    parser.add_argument(
        "--flips",
        action="store_true",
        help="test-time flips: mean of the probabilities over the image and its three flips; four times the latency",
    )
    parser.add_argument(
        "--tile",
        type=positive,
        default=1024,
        metavar="N",
        help="side length of a tile in pixels, a multiple of 32 [1024]",
    )
    parser.set_defaults(run=segment)


def segment(options: argparse.Namespace) -> None:
    """Write the mask of an image, its overlay, its objects and their table."""
    _check(options)
    segmenter = Segmenter(options.bundle, threads=options.threads, tile=options.tile, flips=options.flips)
    image = read_image(options.image, 3)
    mask = segmenter.mask(image)
    if options.objects or options.table:
        objects = find_objects(mask, options.min_area or 1, options.split)
        # First, as there may be too many ids.
        if options.objects:
            write_png(options.objects, objects.drawable())
        if options.table:
            objects.write_table(options.table)
    if options.output:
        write_png(options.output, segmenter.drawable(mask))
    if options.overlay:
        write_png(options.overlay, overlay(image, mask))


def _check(options: argparse.Namespace) -> None:
    """Check that something is to be written, and that it can be."""
    images = {"--output": options.output, "--overlay": options.overlay, "--objects": options.objects}
    outputs = {option: path for option, path in {**images, "--table": options.table}.items() if path is not None}
    if not outputs:
        raise UserError("nothing to write: use --output MASK.png, --overlay, --objects or --table")
    for option in ("--min-area", "--split"):
        asked = getattr(options, option[2:].replace("-", "_"))
        if asked and not (options.objects or options.table):
            raise UserError(f"{option}: is for objects; use it with --objects LABELS.png or --table OBJECTS.csv")
    check_outputs(outputs, [options.image, *read_bundle(options.bundle).files])
    for path in filter(None, images.values()):
        check_png(path)
