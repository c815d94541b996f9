"""Objects of a segmentation mask: connected components of its classes, or parts of these."""

import csv
import io
import os
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edge.connected_components import connected_components
from edge.errors import UserError
from edge.files import write_whole
from edge.watershed import split_touching

_COLUMNS = ("id", "class", "area", "left", "top", "right", "bottom")


@dataclass(frozen=True)
class Object:
    """An object of an image.

    Attributes:
        id: of its pixels in `Objects.labels`, from 1 on.
        class_id: its class; 1 if there is a single class.
        area: pixels; holes are not counted.
        box: left, top, right, bottom; right and bottom are behind the last pixel, as `PIL.Image.crop` takes them.
    """

    id: int
    class_id: int
    area: int
    box: tuple[int, int, int, int]


@dataclass(frozen=True)
class Objects:
    """The objects of an image.

    Attributes:
        labels: int32 `(height, width)`: the id of the object of each pixel; 0 is background.
        objects: in the order of their ids: 1, 2, 3 ...
    """

    labels: np.ndarray
    objects: tuple[Object, ...]

    def __len__(self) -> int:
        return len(self.objects)

    def __iter__(self) -> Iterator[Object]:
        return iter(self.objects)

    def drawable(self, name: str) -> np.ndarray:
        """Return the ids as they are written to a PNG: uint8, or uint16 if there are more than 255 objects.

        Args:
            name: of the image, for errors.

        Raises:
            UserError: there are more than 65,535 objects.
        """
        if len(self) > np.iinfo(np.uint16).max:
            raise UserError(
                f"{name}: has {len(self):,} objects, more than the 65,535 IDs of a PNG; use a larger --min-area"
            )
        return self.labels.astype(np.uint8 if len(self) <= np.iinfo(np.uint8).max else np.uint16)

    def write_table(self, path: str | os.PathLike[str]) -> None:
        """Write a CSV file with one line per object: id, class, area, left, top, right, bottom; whole or not at all.

        Raises:
            UserError: it cannot be written.
        """
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows((each.id, each.class_id, each.area, *each.box) for each in self)
        write_whole(path, stream.getvalue().encode())


def find_objects(mask: np.ndarray, min_area: int = 1, split: bool = False) -> Objects:
    """Return the objects of a mask: the connected components of each class.

    Args:
        mask: class ids `(height, width)`, integers or booleans; 0 is background.
        min_area: smallest area in pixels; smaller objects are removed.
        split: split touching objects at their necks: watershed on the distance transform.

    Raises:
        UserError: `min_area` is not positive.
    """
    if min_area < 1:
        raise UserError(f"min_area {min_area}: is not a positive number of pixels; use for example 10")
    labels = _split_classes(mask) if split else connected_components(mask)
    return _measure(_renumber(labels, min_area), mask)


def _split_classes(mask: np.ndarray) -> np.ndarray:
    labels = np.zeros(mask.shape, np.int32)
    for each in np.unique(mask[mask != 0]):
        parts = split_touching(mask == each)
        labels[parts > 0] = parts[parts > 0] + labels.max()
    return labels


def _renumber(labels: np.ndarray, min_area: int) -> np.ndarray:
    """Return ids in reading order of the first pixels, without small objects."""
    pixels = np.flatnonzero(labels)
    found = labels.flat[pixels]
    areas = np.bincount(found, minlength=1)
    first = np.zeros(len(areas), int)
    # Where an index is repeated, the last assignment counts: that of the first pixel.
    first[found[::-1]] = pixels[::-1]
    kept = np.flatnonzero(areas >= min_area)
    kept = kept[np.argsort(first[kept])]
    ids = np.zeros(len(areas), np.int32)
    ids[kept] = np.arange(1, len(kept) + 1)
    # Of background there are no pixels among those that were counted.
    return ids[labels]


def _measure(labels: np.ndarray, mask: np.ndarray) -> Objects:
    areas = np.bincount(labels.ravel(), minlength=1)
    (top, bottom), (left, right) = _extent(labels, len(areas)), _extent(labels.T, len(areas))
    classes = np.zeros(len(areas), int)
    classes[labels] = mask
    columns = (classes, areas, left, top, right, bottom)
    rows = enumerate(zip(*(column[1:].tolist() for column in columns), strict=True), 1)
    return Objects(labels, tuple(Object(number, kind, area, tuple(box)) for number, (kind, area, *box) in rows))


def _extent(labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first row of each id, and the row after its last one."""
    rows, columns = np.nonzero(labels)
    ids = labels[rows, columns]
    first, last = np.zeros((2, count), int)
    first[ids[::-1]] = rows[::-1]
    last[ids] = rows + 1
    return first, last
