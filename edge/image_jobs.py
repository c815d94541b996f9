"""Image files to segment, one by one or a folder at once: what is read, and what is written for each of them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from edge.errors import UserError
from edge.images import count_pages, is_image, overlay, read_image, write_png
from edge.objects import find_objects
from edge.segmenter import Segmenter

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


@dataclass(frozen=True)
class ImageJob:
    """An image, or a page of a TIFF file, and the files that are written for it.

    Attributes:
        file: the image file.
        page: number of the page, from 0; None if the file has one image.
        written: the files by the ending of their names.
    """

    file: Path
    page: int | None
    written: dict[str, Path]

    @property
    def name(self) -> str:
        """The file, and the page if it has several, for messages."""
        return str(self.file) if self.page is None else f"{self.file}: page {self.page + 1}"

    def run(self, segmenter: Segmenter, objects: ObjectOptions | None = None) -> None:
        """Segment the image and write the files, each whole or not at all.

        Args:
            segmenter: that segments it.
            objects: how objects are found, if their files are written.

        Raises:
            UserError: the image cannot be used, or a file cannot be written.
        """
        image = read_image(self.file, 3, self.page)
        mask = segmenter.mask(image)
        if objects:
            # First, as there may be too many ids.
            found = find_objects(mask, objects.min_area, objects.split)
            write_png(self.written[_LABELS], found.drawable(self.name))
            found.write_table(self.written[_TABLE])
        write_png(self.written[_MASK], segmenter.drawable(mask))
        if _OVERLAY in self.written:
            write_png(self.written[_OVERLAY], overlay(image, mask))


def plan_jobs(
    paths: Sequence[Path], out: Path, overlays: bool = False, objects: ObjectOptions | None = None
) -> list[ImageJob]:
    """Plan what is read and written: `NAME.png` per image, or `NAME.page1.png` and so on per page of a TIFF file.

    Beside a mask there may be `NAME.overlay.png`, and of the objects `NAME.objects.png` and `NAME.objects.csv`.

    Args:
        paths: image files, and folders, whose image files are taken in the order of their names.
        out: the directory of the files to write.
        overlays: also write each image with its mask as an overlay.
        objects: also write the objects of each image.

    Raises:
        UserError: a folder has no image; or a file to write would take the place of an image or of another one.
    """
    endings = [_MASK, *([_OVERLAY] if overlays else []), *([_LABELS, _TABLE] if objects else [])]
    files = [file for path in paths for file in _files(path)]
    read = {found for file in files if (found := _identity(file))}
    places: dict[str, Path] = {}
    jobs = []
    for file in files:
        pages = count_pages(file)
        for page in range(pages):
            # As many digits for each, so that names are in the order of the pages.
            name = f"{file.stem}.page{page + 1:0{len(str(pages))}}" if pages > 1 else file.stem
            written = {ending: out / f"{name}{ending}" for ending in endings}
            for output in written.values():
                if _identity(output) in read:
                    raise UserError(f"{output}: is one of the images that are read; choose another --out")
                # On many systems names that differ in case only are one file.
                place = os.path.realpath(output).casefold()
                if (other := places.get(place)) is not None:
                    raise UserError(f"{output}: would be written for {other} and for {file}; segment them one by one")
                places[place] = file
            jobs.append(ImageJob(file, page if pages > 1 else None, written))
    return jobs


def make_directory(out: Path) -> None:
    """Make the directory of the files to write, if it is not there.

    Raises:
        UserError: it cannot be made.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{out}: cannot be made ({error.strerror or error})") from error


def _files(path: Path) -> list[Path]:
    """Return the image files of a folder; of a file, itself."""
    if not path.is_dir():
        return [path]
    try:
        files = sorted(file for file in path.iterdir() if is_image(file))
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror or error})") from error
    if not files:
        raise UserError(f"{path}: has no image files; folders in it are not read")
    return files


def _identity(file: Path) -> tuple[int, int] | None:
    """Return what tells a file from others, seen through links of both kinds; None if there is none."""
    try:
        found = file.stat()
    except OSError:
        # Opening it gives the message.
        return None
    return found.st_dev, found.st_ino
