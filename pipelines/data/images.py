"""Pictures and their masks: found by name, read with checks."""

import csv
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from edge.errors import UserError
from edge.pictures import open_picture, read_picture
from keras_s2s.mask_losses import IGNORED
from pipelines.data.pairs import PathLike

IMAGES, MASKS = "images", "masks"

_SHOWN = 5
# JPEG does not keep a mask exactly: nearly black is black.
_LOSSY = (".jpg", ".jpeg")


class ImagePair(NamedTuple):
    """A picture's file and its mask's."""

    image: Path
    mask: Path


class ImageReader:
    """The pictures of one or more sets, each with its mask; every iteration reads the files.

    A set is one of:

    - a directory with the folders `images` and `masks`, whose files go together by name without suffix;
    - a `.txt` file beside these two folders, with such a name a line: a part of the set;
    - a `.csv` file with `image,mask` a line: paths, relative to the file; a first line with these two words is a title.

    Args:
        patterns: a set, or a list of those.
        channels: of the pictures as they are read: 3 for colour, 1 for grey.
        classes: 1 for binary masks; else how many there are.

    Attributes:
        pairs: the files.
        unmatched: names of pictures without a mask, and of masks without a picture, which are left out.

    Raises:
        UserError: a set is missing, is none of these, names a file that is not there, or has no picture with a mask.
    """

    def __init__(self, patterns: PathLike | Iterable[PathLike], channels: int, classes: int):
        names = [patterns] if isinstance(patterns, str | os.PathLike) else list(patterns)
        if not names:
            raise UserError("no set of pictures given: name a directory with the folders images and masks")
        self.name = ", ".join(map(os.fspath, names))
        self.channels = channels
        self.classes = classes
        self.pairs: list[ImagePair] = []
        self.unmatched: list[str] = []
        for name in names:
            self._add(Path(name))

    @property
    def corpora(self) -> list[list[Path]]:
        """The files of what is one corpus to training."""
        return [self.paths]

    @property
    def paths(self) -> list[Path]:
        """All files, pictures and masks."""
        return [file for pair in self.pairs for file in pair]

    def __len__(self) -> int:
        return len(self.pairs)

    def __iter__(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yields: each picture float32 `(height, width, channels)` in [0, 1], and its labels uint8 `(height, width)`.

        Raises:
            UserError: a file cannot be used, or a mask is not of its picture's size.
        """
        for pair in self.pairs:
            yield self.read(pair)

    def read(self, pair: ImagePair) -> tuple[np.ndarray, np.ndarray]:
        """Reads one picture and its labels."""
        image, labels = read_picture(pair.image, self.channels), read_mask(pair.mask, self.classes)
        if image.shape[:2] != labels.shape:
            sizes = [f"{width} x {height}" for height, width in (labels.shape, image.shape[:2])]
            raise UserError(f"{pair.mask}: is {sizes[0]}, its picture {pair.image} {sizes[1]}; they must be alike")
        return image, labels

    def summary(self) -> str:
        """How many pictures there are, and which have no mask or picture."""
        text = f"{len(self.pairs):,} pictures with masks"
        return f"{text}; left out: {_listed(self.unmatched)}" if self.unmatched else text

    def _add(self, path: Path) -> None:
        if not path.exists():
            raise UserError(f"{path}: no such set of pictures; check the path")
        if path.is_dir():
            self._add_folders(path)
        elif path.suffix.lower() == ".csv":
            self.pairs += _read_table(path)
        elif path.suffix.lower() == ".txt":
            self.pairs += _read_list(path)
        else:
            raise UserError(
                f"{path}: is no set of pictures: name a directory with the folders {IMAGES} and {MASKS}, a .txt file "
                "of names beside them, or a .csv file of image,mask"
            )

    def _add_folders(self, path: Path) -> None:
        images, masks = _by_stem(path / IMAGES), _by_stem(path / MASKS)
        shared = sorted(images.keys() & masks.keys())
        if not shared:
            raise UserError(
                f"{path}: none of its {len(images)} pictures has a mask of the same name among {len(masks)}, for "
                f"example {next(iter([*images.values(), *masks.values()]), path / IMAGES)}"
            )
        self.pairs += [ImagePair(images[stem], masks[stem]) for stem in shared]
        self.unmatched += [f"{images[stem]} (no mask)" for stem in sorted(images.keys() - masks.keys())]
        self.unmatched += [f"{masks[stem]} (no picture)" for stem in sorted(masks.keys() - images.keys())]


def read_mask(path: Path, classes: int) -> np.ndarray:
    """Reads a mask.

    Args:
        path: the file. A binary mask has 0 for background and 1 or the largest value (255, 65535) for foreground. With
            several classes a pixel's value, or its index in the palette, is its class, and 255 that it does not count.
        classes: 1 for binary.

    Returns:
        Labels uint8 `(height, width)`.

    Raises:
        UserError: it cannot be read, or has other values.
    """
    image = open_picture(path)
    if image.mode not in ("1", "L", "P") and not image.mode.startswith("I"):
        if classes > 1:
            raise UserError(
                f"{path}: is a colour picture ({image.mode}); the mask of {classes} classes has one value a pixel"
            )
        image = image.convert("L")
    values = np.asarray(image).astype(np.int64)
    if classes > 1:
        wrong = values[(values >= classes) & (values != IGNORED) | (values < 0)]
        if wrong.size:
            raise UserError(f"{path}: has the value {wrong[0]}, no class from 0 to {classes - 1}: set model.classes")
        return values.astype(np.uint8)
    # A palette's colours say nothing: its first one is background.
    half = 0 if values.max() <= 1 or image.mode == "P" else (255 if values.max() <= 255 else 65535) // 2
    foreground = values > half
    if path.suffix.lower() not in _LOSSY and np.count_nonzero(values) > 2 * np.count_nonzero(foreground):
        raise UserError(
            f"{path}: most of its values are neither 0 nor {2 * half + 1}, for example {values[values > 0][0]}; make "
            "all foreground 255, or set model.classes"
        )
    return foreground.astype(np.uint8)


def _by_stem(folder: Path) -> dict[str, Path]:
    """The visible files of a folder by their names without suffix."""
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder; a set of pictures has the folders {IMAGES} and {MASKS}")
    files: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if file.name.startswith(".") or not file.is_file():
            continue
        if file.stem in files:
            raise UserError(f"{file}: has the same name as {files[file.stem].name}; which one is meant, nobody knows")
        files[file.stem] = file
    return files


def _read_list(path: Path) -> list[ImagePair]:
    folders = [_by_stem(path.parent / name) for name in (IMAGES, MASKS)]
    pairs = []
    for number, line in _lines(path):
        stem = line.strip()
        if not stem:
            continue
        # With its suffix, too, and as part of a longer name with dots.
        found = [files.get(stem) or files.get(Path(stem).stem) for files in folders]
        for file, name in zip(found, (IMAGES, MASKS), strict=True):
            if file is None:
                raise UserError(f"{path}:{number}: there is no {stem} in {path.parent / name}")
        pairs.append(ImagePair(*found))
    if not pairs:
        raise UserError(f"{path}: names no picture; a list has a name a line")
    return pairs


def _read_table(path: Path) -> list[ImagePair]:
    pairs = []
    for number, row in enumerate(csv.reader(line for _, line in _lines(path)), start=1):
        columns = [column.strip() for column in row]
        if not any(columns) or (number == 1 and [column.lower() for column in columns[:2]] == ["image", "mask"]):
            continue
        if len(columns) < 2 or not all(columns[:2]):
            raise UserError(f"{path}:{number}: is not image,mask: {','.join(row)!r}")
        pair = ImagePair(*(path.parent / column for column in columns[:2]))
        for file in pair:
            if not file.is_file():
                raise UserError(f"{path}:{number}: {file} does not exist; paths are relative to the table")
        pairs.append(pair)
    if not pairs:
        raise UserError(f"{path}: has no pictures; a table has image,mask a line")
    return pairs


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        yield from enumerate(path.read_text(encoding="utf-8-sig").splitlines(), start=1)
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as UTF-8 text ({error})") from error


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
