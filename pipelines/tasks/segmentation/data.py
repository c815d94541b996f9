"""The data of a segmentation run: images with masks, and batches of patches."""

import shutil
from collections.abc import Iterable

import tensorflow as tf

from edge.errors import UserError
from pipelines.config import decided
from pipelines.data.files import PathLike
from pipelines.data.image_batches import tiled_batches, training_batches
from pipelines.data.image_sample import write_image_sample
from pipelines.data.images import ImageReader
from pipelines.data.label_counts import count_labels
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
        return ImageReader(patterns, self.config.model.channels, self.config.model.classes, self.config.data.masks)

    def sample_reader(self) -> ImageReader:
        """Return the validation sample, whose masks are written in one form, whatever those of the data set are."""
        return ImageReader(self.sample, self.config.model.channels, self.config.model.classes)

    def prepare(self, train: ImageReader, valid: ImageReader, chosen: frozenset[str]) -> None:
        """Keep a sample of the validation images, evenly from all of them."""
        write_image_sample(valid, self.sample, SAMPLE_IMAGES, _SAMPLE_SIDE)

    def inherit(self, base: Run) -> None:
        """Copy the sample of another run."""
        shutil.copytree(base.file(self.sample.name), self.sample)

    def check(self, train: ImageReader, valid: ImageReader) -> None:
        """Log the fraction of pixels that are foreground: where it is small, train.loss matters.

        Raises:
            UserError: all pixels of a data set have one class; or objects need numbers, and have none.
        """
        if self.config.data.gap and not train.numbers_objects:
            raise UserError(
                f"{train.name}: the masks do not number their objects, which data.gap needs; use data.gap=0, or masks "
                "with the values 1, 2, 3 and so on"
            )
        for reader in (train, valid):
            counts = count_labels(reader)
            counts.check(reader.name)
            log(f"{reader.name}: {counts.foreground:.1%} of the pixels are foreground")
            if counts.absent:
                log(f"{reader.name}: no pixel has class {', '.join(map(str, counts.absent))}")

    def batches(self, reader: ImageReader, position: Position | None = None) -> tf.data.Dataset:
        """Return batches of images and labels: random patches for training if there is a position, else all pixels."""
        settings = self.config.train
        patch, batch = decided(settings.patch), decided(settings.batch)
        if position is None:
            return tiled_batches(reader, patch=patch, batch=batch)
        return training_batches(
            reader,
            patch=patch,
            batch=batch,
            config=self.config.augment,
            position=position,
            least=decided(settings.epoch_steps),
            balance=decided(settings.balance),
            gap=self.config.data.gap,
        )
