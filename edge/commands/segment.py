"""`python -m edge segment`."""

import argparse
import sys
from pathlib import Path

from edge.bundle import read_bundle
from edge.commands.arguments import add_bundle, add_threads, positive
from edge.errors import UserError
from edge.image_jobs import ObjectOptions, make_directory, plan_jobs
from edge.images import check_png, count_pages, overlay, read_image, write_png
from edge.objects import find_objects
from edge.outputs import check_outputs
from edge.progress import Progress
from edge.segmenter import Segmenter


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_bundle(parser)
    parser.add_argument("image", metavar="IMAGE", help="image file; or a folder of them, with --out")
    outputs = parser.add_argument_group("outputs of one image, at least one")
    outputs.add_argument("-o", "--output", metavar="MASK.png", help="mask: 255 is foreground, or class IDs")
    outputs.add_argument("--overlay", metavar="OVERLAY.png", help="image with the mask as an overlay")
    outputs.add_argument(
        "--objects", metavar="LABELS.png", help="object ID of each pixel; 16 bits if there are more than 255 objects"
    )
    outputs.add_argument(
        "--table", metavar="OBJECTS.csv", help="table of the objects: id, class, area, left, top, right, bottom"
    )
    many = parser.add_argument_group("outputs of a folder, or of a TIFF file with several pages")
    many.add_argument(
        "--out",
        metavar="DIR",
        help="directory for the masks: NAME.png per image, or NAME.page1.png and so on per page",
    )
    many.add_argument("--overlays", action="store_true", help="also NAME.overlay.png: the image with its mask")
    many.add_argument(
        "--object-files",
        action="store_true",
        help="also NAME.objects.png and NAME.objects.csv, as --objects and --table",
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
    """Write the mask of an image, its overlay, its objects and their table; or those of many images."""
    _check(options)
    segmenter = Segmenter(options.bundle, threads=options.threads, tile=options.tile, flips=options.flips)
    if options.out is not None:
        _segment_all(segmenter, options)
        return
    image = read_image(options.image, 3)
    mask = segmenter.mask(image)
    if options.objects or options.table:
        objects = find_objects(mask, options.min_area or 1, options.split)
        # First, as there may be too many ids.
        if options.objects:
            write_png(options.objects, objects.drawable(options.image))
        if options.table:
            objects.write_table(options.table)
    if options.output:
        write_png(options.output, segmenter.drawable(mask))
    if options.overlay:
        write_png(options.overlay, overlay(image, mask))


def _segment_all(segmenter: Segmenter, options: argparse.Namespace) -> None:
    """Segment the images of a folder, or the pages of a file; those that cannot be used are named and skipped."""
    out = Path(options.out)
    objects = ObjectOptions(options.min_area or 1, options.split) if options.object_files else None
    jobs = plan_jobs([Path(options.image)], out, options.overlays, objects)
    make_directory(out)
    failed = 0
    with Progress(len(jobs), "images") as progress:
        for job in jobs:
            try:
                job.run(segmenter, objects)
            except UserError as error:
                failed += 1
                progress.say(str(error))
            progress.step()
    print(f"{out}: {len(jobs) - failed:,} masks", file=sys.stderr)
    if failed:
        raise UserError(f"{options.image}: {failed:,} of {len(jobs):,} images have no mask; see the messages above")


def _check(options: argparse.Namespace) -> None:
    """Check that something is to be written, and that it can be."""
    images = {"--output": options.output, "--overlay": options.overlay, "--objects": options.objects}
    outputs = {option: path for option, path in {**images, "--table": options.table}.items() if path is not None}
    _check_kinds(options, list(outputs))
    check_outputs(outputs, [options.image, *read_bundle(options.bundle).files])
    for path in filter(None, images.values()):
        check_png(path)


def _check_kinds(options: argparse.Namespace, outputs: list[str]) -> None:
    """Check that the options go together: those of one image, or those of many."""
    if options.out is not None and outputs:
        raise UserError(f"{outputs[0]}: is for one image; with --out DIR use --overlays and --object-files")
    if options.out is None:
        for option in ("--overlays", "--object-files"):
            if getattr(options, option[2:].replace("-", "_")):
                raise UserError(f"{option}: is for many images; use it with --out DIR")
        if Path(options.image).is_dir():
            raise UserError(f"{options.image}: is a folder; use --out DIR for the masks of its images")
        if not outputs:
            raise UserError("nothing to write: use --output MASK.png, --overlay, --objects or --table; or --out DIR")
        if (pages := count_pages(options.image)) > 1:
            raise UserError(f"{options.image}: has {pages:,} pages; use --out DIR for one mask per page")
    for option in ("--min-area", "--split"):
        asked = getattr(options, option[2:].replace("-", "_"))
        if asked and not (options.objects or options.table or options.object_files):
            raise UserError(
                f"{option}: is for objects; use it with --objects LABELS.png, --table OBJECTS.csv or --object-files"
            )
