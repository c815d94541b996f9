"""The files of a data set of images and masks: found by name in folders, or named by a list or a table."""

import csv
import os
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from edge.errors import UserError
from edge.images import is_image
from pipelines.data.files import check_directory, check_file, check_path, read_text, shown

IMAGES, MASKS = "images", "masks"

_FORMS = (
    f"a directory with the folders {IMAGES} and {MASKS}, a .txt file of names beside them, or a .csv file of image,mask"
)


class ImagePair(NamedTuple):
    """An image's file and its mask's."""

    image: Path
    mask: Path


class Found(NamedTuple):
    """What was found of one set.

    Attributes:
        pairs: images with their masks.
        unmatched: images without a mask, and masks without an image.
        ignored: files and folders that are no images.
    """

    pairs: list[ImagePair]
    unmatched: list[str]
    ignored: list[str]


def find_image_pairs(path: Path) -> Found:
    """Finds the images and masks of a set.

    Args:
        path: a directory with the folders `images` and `masks`, a `.txt` file of names beside them, or a `.csv` file of
            `image,mask`.

    Raises:
        UserError: it is missing, is none of these, names a file that is not there, or has no image with a mask.
    """
    try:
        check_path(path)
    except UserError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise UserError(f"{shown(path)}: no such file or directory; name {_FORMS}") from error
        raise
    if path.is_dir():
        return _in_folders(path)
    check_file(path)
    if path.suffix.lower() == ".csv":
        return Found(_read_table(path), [], [])
    if path.suffix.lower() == ".txt":
        return _read_list(path)
    raise UserError(f"{shown(path)}: is not a data set of images: name {_FORMS}")


def _in_folders(path: Path) -> Found:
    (images, no_images), (masks, no_masks) = (_by_stem(path / name) for name in (IMAGES, MASKS))
    shared = sorted(images.keys() & masks.keys())
    if not shared:
        raise UserError(
            f"{path}: none of its {len(images)} images has a mask of the same name among {len(masks)}, for "
            f"example {next(iter([*images.values(), *masks.values()]), path / IMAGES)}"
        )
    unmatched = [f"{images[stem]} (no mask)" for stem in sorted(images.keys() - masks.keys())]
    unmatched += [f"{masks[stem]} (no image)" for stem in sorted(masks.keys() - images.keys())]
    return Found([ImagePair(images[stem], masks[stem]) for stem in shared], unmatched, no_images + no_masks)


def _by_stem(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The images of a folder by their names without suffix, in composed form; and what else is there."""
    if not os.path.isdir(folder):
        check_directory(folder.parent)
        raise UserError(f"{folder}: no such folder; a data set of images has the folders {IMAGES} and {MASKS}")
    files: dict[str, Path] = {}
    ignored = []
    for name in check_directory(folder):
        file = folder / name
        if name.startswith(".") or not is_image(file):
            ignored.append(shown(file))
            continue
        check_file(file)
        # One system composes accents in names, another takes them apart.
        stem = _composed(file.stem)
        if stem in files:
            raise UserError(f"{file}: has the same name as {files[stem].name}; rename or remove one of them")
        files[stem] = file
    return files, ignored


def _read_list(path: Path) -> Found:
    (images, no_images), (masks, no_masks) = (_by_stem(path.parent / name) for name in (IMAGES, MASKS))
    pairs = []
    for number, line in _lines(path):
        stem = _composed(line.strip())
        if not stem:
            continue
        # With its suffix, too, and as part of a longer name with dots.
        image, mask = (files.get(stem) or files.get(Path(stem).stem) for files in (images, masks))
        if image is None or mask is None:
            folder = path.parent / (MASKS if image else IMAGES)
            raise UserError(f"{path}:{number}: there is no {shown(stem)} in {folder}")
        pairs.append(ImagePair(image, mask))
    if not pairs:
        raise UserError(f"{path}: names no image; a list has one name per line")
    return Found(pairs, [], no_images + no_masks)


def _read_table(path: Path) -> list[ImagePair]:
    pairs = []
    for number, row in enumerate(_rows(path), start=1):
        columns = [column.strip() for column in row]
        if not any(columns) or (number == 1 and [column.lower() for column in columns[:2]] == ["image", "mask"]):
            continue
        if len(columns) < 2 or not all(columns[:2]):
            raise UserError(f"{path}:{number}: is not image,mask: {','.join(row)!r}")
        try:
            pairs.append(ImagePair(*(check_file(_same_name(path.parent / column)) for column in columns[:2])))
        except UserError as error:
            raise UserError(f"{path}:{number}: {error} (paths are relative to the table)") from error
    if not pairs:
        raise UserError(f"{path}: has no images; a table has image,mask per line")
    return pairs


def _rows(path: Path) -> Iterator[list[str]]:
    try:
        yield from csv.reader(line for _, line in _lines(path))
    except csv.Error as error:
        raise UserError(f"{shown(path)}: is no table of image,mask ({error})") from error


def _same_name(path: Path) -> Path:
    """A path as it is on the disk, where accents may be composed otherwise."""
    if os.path.lexists(path) or path.name == "":
        return path
    parent = _same_name(path.parent)
    try:
        names = os.listdir(parent)
    except (OSError, ValueError):
        return path
    same = [name for name in names if _composed(name) == _composed(path.name)]
    return parent / same[0] if same else path


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    yield from enumerate(read_text(path).splitlines(), start=1)
