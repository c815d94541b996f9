"""How masks are made, scored and compared, those of runs and of bundles alike."""

import itertools
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from edge.bundle import Manifest
from edge.images import overlay, write_png
from edge.segmenter import Segmenter
from pipelines.data.files import PathLike
from pipelines.data.images import ImageReader
from pipelines.run import Run
from pipelines.tasks.protocol import Decoding, Metric
from pipelines.tasks.segmentation.iou import count, score_masks
from pipelines.tasks.segmentation.predictor import keras_segmenter

# Images that are plotted after each epoch.
_SHOWN = 4

Mask = Callable[[np.ndarray], np.ndarray]

_IOU, _DICE = Metric("iou", "IoU", tolerance=0.3), Metric("dice", "Dice")


class SegmentationScores:
    """Implement `pipelines.tasks.protocol.Scores`."""

    metrics = (_IOU, _DICE, Metric("image_iou", "IoU, image mean"), Metric("image_dice", "Dice, image mean"))
    logged = (_IOU, _DICE)
    counted = "images"
    latency = ("image_ms", "ms per image")

    def bundle_reader(self, manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> ImageReader:
        """Return images and masks as a bundle has them."""
        return ImageReader(patterns, manifest["channels"], manifest["classes"], manifest.get("masks", "auto"))

    def predictor(self, run: Run, network: keras.Model, decoding: Decoding) -> Mask:
        """Return what makes masks with a Keras model."""
        return keras_segmenter(run, network).mask

    def bundle_predictor(self, bundle: Path, decoding: Decoding) -> Mask:
        """Return what makes masks with a bundle."""
        return Segmenter(bundle, threads=decoding.threads).mask

    def score(self, predict: Mask, data: ImageReader, limit: int | None) -> dict[str, Any]:
        """Predict the masks of images, at most `limit` of them, and score them."""
        images = itertools.islice(data, limit)
        return score_masks(count(predict(image), labels, data.classes) for image, labels in images)

    def show(self, run: Run, predict: Mask, sample: ImageReader) -> None:
        """Plot true and predicted masks of some images: `overlays` in the run."""
        folder = run.file("overlays")
        folder.mkdir(exist_ok=True)
        for pair in sample.pairs[:_SHOWN]:
            image, labels = sample.read(pair)
            drawn = [overlay(image, mask) for mask in (labels, predict(image))]
            write_png(folder / pair.image.name, np.concatenate(drawn, axis=1))

    def identity(self, data: ImageReader, limit: int | None) -> list[Any]:
        """Return names and sizes of the files."""
        return [[file.name, file.stat().st_size] for pair in data.pairs[:limit] for file in pair]

    def outputs(self, predict: Mask, data: ImageReader, limit: int | None) -> list[Any]:
        """Return the counts of each image."""
        images = itertools.islice(data, limit)
        return [count(predict(image), labels, data.classes).tolist() for image, labels in images]

    def compare(self, outputs: list[Any], first: list[Any], data: ImageReader, limit: int | None) -> dict[str, Any]:
        """Return the scores."""
        scores = score_masks(map(np.array, outputs))
        return {metric.name: scores[metric.name] for metric in self.metrics}

    def bench_input(self, data: ImageReader, limit: int | None) -> str:
        """Return nothing: latency is measured on noise, it does not depend on what is in an image."""
        return ""
