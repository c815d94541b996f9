"""The data of a segmentation run: images with masks, and batches of patches."""

import itertools
import shutil
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import tensorflow as tf

from edge.pictures import open_picture
from keras_s2s.mask_losses import IGNORED
from pipelines.data.image_batches import tiled_batches, training_batches
from pipelines.data.images import IMAGES, MASKS, ImageReader
from pipelines.data.pairs import PathLike
from pipelines.data.position import Position
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.segmentation.config import SegmentationConfig

SAMPLE_IMAGES = 50
# Larger ones are cropped to their middle.
_SAMPLE_SIDE = 512


class SegmentationData:
    """Implement `pipelines.tasks.protocol.Data`.

    Args:
        run: the run directory.
    """

    epochs_differ = False

    def __init__(self, run: Run):
        assert isinstance(run.config, SegmentationConfig)
        self.config = run.config
        self.sample = run.file("valid.sample")

    def reader(self, patterns: PathLike | Iterable[PathLike]) -> ImageReader:
        """Return the images and masks of one or more data sets."""
        return ImageReader(patterns, self.config.model.channels, self.config.model.classes)

    def prepare(self, train: ImageReader, valid: ImageReader, chosen: frozenset[str]) -> None:
        """Keep a sample of the validation images, evenly from all of them."""
        step = max(1, len(valid) / SAMPLE_IMAGES)
        pairs = [valid.pairs[int(index * step)] for index in range(min(len(valid), SAMPLE_IMAGES))]
        for number, pair in enumerate(pairs):
            for name, file in ((IMAGES, pair.image), (MASKS, pair.mask)):
                _keep_middle(file, self.sample / name / f"{number:03}.png")

    def inherit(self, base: Run) -> None:
        """Copy the sample of another run."""
        shutil.copytree(base.file(self.sample.name), self.sample)

    def check(self, train: ImageReader, valid: ImageReader) -> None:
        """Log the fraction of pixels that are foreground: where it is small, train.loss matters."""
        for reader in (train, valid):
            first = itertools.islice(reader, SAMPLE_IMAGES)
            share = np.mean([np.mean((labels > 0) & (labels != IGNORED)) for _, labels in first])
            log(f"{reader.name}: {share:.1%} of the pixels are foreground")

    def batches(self, reader: ImageReader, position: Position | None = None) -> tf.data.Dataset:
        """Return batches of images and labels: random patches for training if there is a position, else all pixels."""
        settings = self.config.train
        if position is None:
            return tiled_batches(reader, patch=settings.patch, batch=settings.batch)
        return training_batches(
            reader, patch=settings.patch, batch=settings.batch, config=self.config.augment, position=position
        )


def _keep_middle(file: Path, out: Path) -> None:
    """Write the middle of an image file as PNG."""
    image = open_picture(file)
    # A mode that PNG does not have becomes one byte per channel.
    image = image if image.mode in ("1", "L", "P", "RGB", "I;16") else image.convert("RGB")
    left, upper = (max(0, (side - _SAMPLE_SIDE) // 2) for side in image.size)
    box = (left, upper, min(image.width, left + _SAMPLE_SIDE), min(image.height, upper + _SAMPLE_SIDE))
    out.parent.mkdir(parents=True, exist_ok=True)
    image.crop(box).save(out)
