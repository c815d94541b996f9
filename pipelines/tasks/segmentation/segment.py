"""`keras-s2s segment`: images through a run or a bundle."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import UserError
from edge.images import overlay, read_image, write_png
from edge.objects import find_objects
from edge.segmenter import Segmenter
from pipelines.data.pairs import PathLike
from pipelines.log import log
from pipelines.network import load_network
from pipelines.run import Run, is_bundle
from pipelines.tasks.segmentation.config import SegmentationConfig
from pipelines.tasks.segmentation.predictor import keras_segmenter

# Endings of the files that are written for an image.
_MASK, _OVERLAY, _LABELS, _TABLE = ".png", ".overlay.png", ".objects.png", ".objects.csv"


@dataclass(frozen=True)
class ObjectOptions:
    """Options of `edge.objects.find_objects`.

    Attributes:
        min_area: smallest area in pixels.
        split: split touching objects.
    """

    min_area: int = 1
    split: bool = False


def segment(
    path: PathLike,
    images: Sequence[Path],
    out: Path,
    overlays: bool = False,
    objects: ObjectOptions | None = None,
    threads: int = 1,
    flips: bool = False,
) -> None:
    """Write the masks of images: `NAME.png`, 255 for foreground, or class ids.

    Beside a mask there may be `NAME.overlay.png`, and of the objects `NAME.objects.png` and `NAME.objects.csv`.

    Args:
        path: a run or a bundle.
        images: image files.
        out: the directory, made if it is not there.
        overlays: also write each image with its mask as an overlay.
        objects: also write the objects of each image.
        threads: of the TFLite runtime.
        flips: test-time flips.

    Raises:
        UserError: path or an image cannot be used, or an output would take the place of an input or of another output.
    """
    endings = {_MASK: True, _OVERLAY: overlays, _LABELS: objects, _TABLE: objects}
    outputs = _outputs(images, out, [ending for ending, wanted in endings.items() if wanted])
    engine = open_segmenter(path, threads, flips)
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be made ({error.strerror or error})") from error
    for file, written in zip(images, outputs, strict=True):
        image = read_image(file, 3)
        mask = engine.mask(image)
        write_png(written[_MASK], engine.drawable(mask))
        if overlays:
            write_png(written[_OVERLAY], overlay(image, mask))
        if objects:
            found = find_objects(mask, objects.min_area, objects.split)
            write_png(written[_LABELS], found.drawable())
            found.write_table(written[_TABLE])
    log(f"{out}: {len(images)} masks")


def open_segmenter(path: PathLike, threads: int = 1, flips: bool = False) -> Segmenter:
    """Return the device's segmenter over a run's Keras model, or over a bundle.

    Args:
        path: a run or a bundle.
        threads: of the TFLite runtime.
        flips: test-time flips.

    Raises:
        UserError: path cannot be used, or is not for segmentation.
    """
    path = Path(path)
    if is_bundle(path):
        return Segmenter(path, threads=threads, flips=flips)
    run = Run.open(path, {"segmentation": SegmentationConfig})
    return keras_segmenter(run, load_network(run), flips)


def _outputs(images: Sequence[Path], out: Path, endings: Sequence[str]) -> list[dict[str, Path]]:
    """Return the files to write for each image, by the ending of their names.

    Raises:
        UserError: an output would take the place of an input or of another output.
    """
    read = {found for file in images if (found := _identity(file))}
    written: dict[str, Path] = {}
    outputs = []
    for file in images:
        outputs.append({ending: out / f"{file.stem}{ending}" for ending in endings})
        for output in outputs[-1].values():
            if _identity(output) in read:
                raise UserError(f"{output}: is one of the images that are read; choose another --out")
            # On many systems names that differ in case only are one file.
            place = os.path.realpath(output).casefold()
            if (other := written.get(place)) is not None:
                raise UserError(f"{output}: would be written for {other} and for {file}; segment them one by one")
            written[place] = file
    return outputs


def _identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from others, seen through links of both kinds; None if there is none."""
    try:
        found = file.stat()
    except OSError:
        # Opening it gives the message.
        return None
    return found.st_dev, found.st_ino
