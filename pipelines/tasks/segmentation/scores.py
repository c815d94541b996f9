"""How masks are made, scored and compared, those of runs and of bundles alike."""

import functools
import itertools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from edge.bundle import Manifest
from edge.image_jobs import ObjectOptions
from edge.images import overlay, write_png
from edge.objects import find_objects
from edge.segmenter import Segmenter
from keras_s2s.mask_losses import IGNORED
from pipelines.data.files import PathLike
from pipelines.data.image_files import ImagePair
from pipelines.data.images import ImageReader
from pipelines.plots import plot_confusion
from pipelines.run import Run
from pipelines.tasks.protocol import Decoding, Metric
from pipelines.tasks.segmentation.iou import class_table, confusion_matrix, score_classes, score_masks
from pipelines.tasks.segmentation.object_scores import count_objects, score_objects
from pipelines.tasks.segmentation.predictor import keras_segmenter

# Images that are plotted after each epoch.
_SHOWN = 4

_IOU, _DICE = Metric("iou", "IoU", tolerance=0.3), Metric("dice", "Dice")


@dataclass(frozen=True)
class MaskPredictor:
    """A function from images to masks, and how masks become objects.

    Attributes:
        mask: image to class ids `(height, width)`.
        objects: how.
    """

    mask: Callable[[np.ndarray], np.ndarray]
    objects: ObjectOptions = field(default_factory=ObjectOptions)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        return self.mask(image)


class SegmentationScores:
    """Implement `pipelines.tasks.protocol.Scores`."""

    metrics = (
        _IOU,
        _DICE,
        Metric("image_iou", "IoU, image mean"),
        Metric("image_dice", "Dice, image mean"),
        Metric("object_ap", "Object AP 0.5-0.9"),
        Metric("object_ap50", "Object AP 0.5"),
        Metric("object_f1", "Object F1 0.5"),
        Metric("object_pq", "Object PQ"),
    )
    logged = (_IOU, _DICE)
    counted = "images"
    latency = ("image_ms", "ms per image")

    def bundle_reader(self, manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> ImageReader:
        """Return images and masks as a bundle has them."""
        return ImageReader(patterns, manifest["channels"], manifest["classes"], manifest.get("masks", "auto"))

    def predictor(self, run: Run, network: keras.Model, decoding: Decoding) -> MaskPredictor:
        """Return what makes masks with a Keras model."""
        return _predictor(keras_segmenter(run, network, decoding.flips), decoding)

    def bundle_predictor(self, bundle: Path, decoding: Decoding) -> MaskPredictor:
        """Return what makes masks with a bundle."""
        return _predictor(Segmenter(bundle, threads=decoding.threads, flips=decoding.flips), decoding)

    def score(
        self, predict: MaskPredictor, data: ImageReader, limit: int | None, detailed: bool = False
    ) -> dict[str, Any]:
        """Predict the masks of images, at most `limit` of them, and score them; if asked, by class and object, too."""
        if detailed:
            return _scores(self.outputs(predict, data, limit), data.classes)
        images = itertools.islice(data, limit)
        matrices = (confusion_matrix(predict(image), labels, data.classes) for image, labels in images)
        return score_masks(matrices, data.classes)

    def show(self, run: Run, predict: MaskPredictor, sample: ImageReader) -> None:
        """Plot true and predicted masks of some images: `overlays` in the run."""
        folder = run.file("overlays")
        folder.mkdir(exist_ok=True)
        for pair in sample.pairs[:_SHOWN]:
            image, labels = sample.read(pair)
            drawn = [overlay(image, mask) for mask in (labels, predict(image))]
            write_png(folder / pair.image.name, np.concatenate(drawn, axis=1))

    def identity(self, data: ImageReader, limit: int | None) -> list[Any]:
        """Return names and sizes of the files, and the form of `outputs`."""
        files = [[file.name, file.stat().st_size] for pair in data.pairs[:limit] for file in pair]
        return ["pixels and objects", *files]

    def outputs(self, predict: MaskPredictor, data: ImageReader, limit: int | None) -> list[Any]:
        """Return the counts of each image: its confusion matrix, and those of the objects of each foreground class."""
        return [_count(predict, data, pair) for pair in data.pairs[:limit]]

    def compare(self, outputs: list[Any], first: list[Any], data: ImageReader, limit: int | None) -> dict[str, Any]:
        """Return the scores; of several classes also a table by class, and a plot of the confusion matrix."""
        scores = _scores(outputs, data.classes)
        columns: dict[str, Any] = {metric.name: scores[metric.name] for metric in self.metrics}
        if data.classes > 1:
            columns["notes"] = class_table(scores["classes"])
            columns["plots"] = {"confusion": functools.partial(plot_confusion, np.array(scores["confusion"]))}
        return columns

    def bench_input(self, data: ImageReader, limit: int | None) -> str:
        """Return nothing: latency is measured on noise, it does not depend on what is in an image."""
        return ""


def _predictor(segmenter: Segmenter, decoding: Decoding) -> MaskPredictor:
    return MaskPredictor(segmenter.mask, decoding.objects)


def _count(predict: MaskPredictor, data: ImageReader, pair: ImagePair) -> dict[str, Any]:
    image, labels = data.read(pair)
    mask = predict(image)
    ignored = labels == IGNORED
    true = data.objects(pair)
    if true is None:
        true = find_objects(np.where(ignored, 0, labels)).labels
    predicted = np.where(ignored, 0, find_objects(mask, predict.objects.min_area, predict.objects.split).labels)
    # Ids are those of all classes together; a class has its own pixels.
    objects = [
        count_objects(predicted * (mask == each), true * (labels == each)).tolist()
        for each in range(1, max(2, data.classes))
    ]
    return {"pixels": confusion_matrix(mask, labels, data.classes).tolist(), "objects": objects}


def _scores(outputs: list[Any], classes: int) -> dict[str, Any]:
    """Return all scores of outputs, as JSON; of several classes also those by class."""
    matrices = [np.array(each["pixels"]) for each in outputs]
    scores = {**score_masks(matrices, classes), **score_objects(np.array(each["objects"]) for each in outputs)}
    if classes == 1:
        return scores
    total = np.sum(matrices, axis=0)
    return {**scores, "classes": score_classes(total), "confusion": total.tolist()}
