"""Sizes of the images of a data set, and how much of each class they have, and where."""

from dataclasses import dataclass

import numpy as np

from pipelines.data.images import ImageReader


@dataclass(frozen=True)
class ImageFacts:
    """What decisions about a training are made by.

    Attributes:
        sizes: height and width of each image: int64 `(images, 2)`.
        pixels: of each class, per image: int64 `(images, classes)`; of binary masks background and foreground.
        centres: centroid of each class, per image: float64 `(images, classes, 2)`, rows and columns, from the middle of
            the image and as a fraction of its height and width: -0.5 is the upper or left border. NaN without a pixel.
    """

    sizes: np.ndarray
    pixels: np.ndarray
    centres: np.ndarray


def image_facts(reader: ImageReader) -> ImageFacts:
    """Read all masks of a data set.

    Raises:
        UserError: a mask cannot be used.
    """
    classes = max(2, reader.classes)
    found = [_facts(reader.labels(pair), classes) for pair in reader.pairs]
    sizes, pixels, centres = (np.stack(each) for each in zip(*found, strict=True))
    return ImageFacts(sizes, pixels, centres)


def _facts(labels: np.ndarray, classes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    height, width = labels.shape
    # Pixels of each class by row, and by column, without ignored ones.
    by_row, by_column = (
        np.stack([np.count_nonzero(labels == index, axis=axis) for index in range(classes)]) for axis in (1, 0)
    )
    pixels = by_row.sum(axis=1)
    with np.errstate(invalid="ignore"):
        rows, columns = (
            counts @ ((np.arange(size) + 0.5) / size - 0.5) / pixels
            for counts, size in ((by_row, height), (by_column, width))
        )
    return np.array([height, width]), pixels, np.stack([rows, columns], axis=-1)
