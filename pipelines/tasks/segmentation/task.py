"""The segmentation task: its pictures, network, signatures, threshold and scores."""

import itertools
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from edge.bundle import Manifest
from edge.errors import UserError
from edge.pictures import overlay, write_png
from edge.segmenter import Network, Segmenter
from keras_s2s.export.segmentation import segmentation_signatures
from keras_s2s.export.signatures import Signatures
from keras_s2s.mask_losses import MASK_LOSSES
from keras_s2s.mask_metrics import MaskDice, MaskIoU
from keras_s2s.models.encoders import load_pretrained
from keras_s2s.models.segmentation import build_segmentation
from pipelines.data.image_batches import tiled_batches, training_batches
from pipelines.data.image_sample import write_image_sample
from pipelines.data.images import ImageReader
from pipelines.data.label_counts import count_labels
from pipelines.data.pairs import PathLike
from pipelines.data.position import Position
from pipelines.log import log
from pipelines.plots import MaskExample, plot_masks
from pipelines.run import Run
from pipelines.tasks.segmentation.scores import count, score_masks
from pipelines.tasks.segmentation.served import ServedPictures

Predict = Callable[[np.ndarray], np.ndarray]

SAMPLE_PICTURES = 50
# Larger ones are cut to their middle.
_SAMPLE_SIDE = 512

_SHOWN = 4
# Of a contact sheet: the best, the middle and the worst so many.
_EXAMPLES = 3

_THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.05), 2)


class Segmentation:
    """A segmentation run as the jobs see it.

    Args:
        run: its directory.
    """

    # What validation adds to the log of a run.
    REPORTED = ("iou", "dice")
    # No epoch has more batches than another.
    epochs_differ = False
    # What export makes of it, the best first: scales that are fixed at export lose quality where activations have
    # rare large values.
    QUANTIZATIONS = ("int8", "int8-static", "int16x8", "float16", "none")
    # What it makes nothing of.
    REFUSED = dict.fromkeys(("int4", "mixed"), "nothing runs convolutions of 4 bits")

    def __init__(self, run: Run):
        self.run = run
        self.config = run.config
        self.sample = run.file("valid.sample")

    # Training.

    @staticmethod
    def parts() -> int:
        """How many parts to make of a batch: a convolution keeps all cores busy by itself."""
        return 1

    @contextmanager
    def tuned(self) -> Iterator[int]:
        """What training runs in: gives how many parts of a batch are computed side by side."""
        yield self.parts()

    def reader(self, patterns: PathLike | Iterable[PathLike]) -> ImageReader:
        """The pictures and masks of one or more sets."""
        return ImageReader(patterns, self.config.model.channels, self.config.model.classes)

    def prepare(self, train: ImageReader, valid: ImageReader) -> None:
        """Keeps a sample of the validation pictures, evenly from all of them.

        Raises:
            UserError: a picture cannot be used.
        """
        write_image_sample(valid, self.sample, SAMPLE_PICTURES, _SAMPLE_SIDE)

    def inherit(self, base: Run) -> None:
        """Takes what `prepare` made from another run.

        Raises:
            OSError: a file of it is missing.
        """
        shutil.copytree(base.file(self.sample.name), self.sample)

    def check(self, train: ImageReader, valid: ImageReader) -> None:
        """Says what share of the pixels is foreground: where it is small, train.loss matters.

        Raises:
            UserError: all masks of a set have one class.
        """
        for reader in (train, valid):
            counts = count_labels(reader)
            counts.check(reader.name)
            log(f"{reader.name}: {counts.foreground:.1%} of the pixels are foreground")
            if counts.absent:
                log(f"{reader.name}: no pixel has class {', '.join(map(str, counts.absent))}")

    def batches(self, reader: ImageReader, position: Position | None = None) -> tf.data.Dataset:
        """Batches of pictures and labels: random patches for training if there is a position, else all pixels."""
        settings = self.config.train
        sizes = {"patch": settings.patch, "batch": settings.batch}
        if position is None:
            return tiled_batches(reader, **sizes)
        return training_batches(reader, **sizes, config=self.config.augment, position=position)

    def build(self) -> keras.Model:
        """The network, as it is saved. Weights that cannot be downloaded are random, and the log says so.

        Raises:
            UserError: a file of weights cannot be used.
        """
        settings = self.config.model
        model = build_segmentation(settings)
        if settings.weights == "random":
            log(f"the encoder {settings.encoder} begins with random weights")
            return model
        try:
            load_pretrained(model, settings.weights)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            if settings.weights != "imagenet":
                raise UserError(f"model.weights {settings.weights}: cannot be used ({reason})") from error
            log(f"the weights of ImageNet cannot be had ({reason}): the encoder begins with random ones")
        else:
            log(f"the encoder {settings.encoder} begins with the weights {settings.weights}")
        return model

    def trained(self, model: keras.Model, parts: int) -> tuple[keras.Model, list[keras.callbacks.Callback]]:
        """The network as it is trained, up to its logits: a model that shares its weights.

        Returns:
            The model, and what it needs of callbacks.
        """
        return keras.Model(model.input, model.get_layer("logits").output), []

    def loss(self) -> keras.losses.Loss:
        """What training minimizes."""
        return MASK_LOSSES[self.config.train.loss]()

    def metrics(self) -> list[keras.metrics.Metric]:
        """What training and validation report."""
        return [MaskIoU(self.config.model.classes), MaskDice(self.config.model.classes)]

    @staticmethod
    def epoch_line(logs: Mapping[str, float]) -> str:
        """What validation reported, for the log."""
        return f"IoU {logs['val_iou']:.1f}, Dice {logs['val_dice']:.1f}"

    def show(self, predict: Predict, sample: ImageReader) -> None:
        """Draws the masks of some pictures, true ones beside those predicted: `overlays` in the run."""
        folder = self.run.file("overlays")
        folder.mkdir(exist_ok=True)
        for pair in sample.pairs[:_SHOWN]:
            image, labels = sample.read(pair)
            drawn = [overlay(image, mask) for mask in (labels, predict(image))]
            write_png(folder / pair.image.name, np.concatenate(drawn, axis=1))

    def finish(self, model: keras.Model, held_out: ImageReader) -> None:
        """Chooses the threshold on validation pictures, and draws a contact sheet of them.

        Args:
            model: with the weights that are kept.
            held_out: the pictures.
        """
        if self.config.model.classes == 1:
            counts = np.zeros((len(_THRESHOLDS), 1, 3), np.int64)
            segmenter = self.segmenter(model)
            for image, labels in held_out:
                foreground = segmenter.segment(image)[..., 0]
                counts += [count(foreground >= threshold, labels, 1) for threshold in _THRESHOLDS]
            ious = [score_masks([counted])["iou"] for counted in counts]
            best = int(np.argmax(ious))
            self.run.write_json("threshold.json", {"threshold": float(_THRESHOLDS[best]), "iou": ious[best]})
            log(f"foreground is what has a probability of {_THRESHOLDS[best]:g}: IoU {ious[best]:.1f} on validation")
        examples = mask_examples(self.predictor(model), held_out, self.config.model.classes)
        plot_masks(examples, self.run.file("validation.png"))

    # Prediction.

    @property
    def threshold(self) -> float:
        """Probability from which on a pixel is foreground."""
        return self.run.read_json("threshold.json").get("threshold", 0.5)

    def predictor(self, model: keras.Model) -> Predict:
        """Pictures to masks."""
        return self.segmenter(model).mask

    def segmenter(self, model: keras.Model) -> Segmenter:
        """The device's segmenter over the Keras model."""
        segment = segmentation_signatures(model)["segment"]
        # A graph function does not hold its network.
        return self._segmenter(lambda image, _=model: segment(image=image))

    def _segmenter(self, segment: Callable) -> Segmenter:
        """The device's segmenter over a graph function."""
        network = Network(
            probabilities=lambda images: segment(image=tf.constant(images))["probabilities"].numpy(),
            channels=self.config.model.channels,
            classes=self.config.model.classes,
            threshold=self.threshold,
        )
        return Segmenter(network)

    # Export.

    def signatures(self, model: keras.Model) -> Signatures:
        """The graph functions of an exported model."""
        return segmentation_signatures(model)

    def calibration(self) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
        """Signature and inputs, of the kind that the network will see: for scales that are fixed at export."""
        for image, _ in self.reader(self.sample):
            yield "segment", {"image": image[None]}

    def serving(self, ids: bool = False) -> ServedPictures:
        """What SavedModels are made of."""
        if ids:
            raise UserError(f"{self.run.path}: is for segmentation, which has no tokenizers: leave --ids out")
        return ServedPictures(self._segmenter)

    def bundle_files(self) -> Mapping[str, Path]:
        """What a bundle holds beside the flatbuffer."""
        return {}

    def manifest(self) -> dict[str, Any]:
        """What a bundle's manifest says beside what all tasks say."""
        return {
            "channels": self.config.model.channels,
            "classes": self.config.model.classes,
            "threshold": self.threshold,
            "limits": {},
        }

    # Scores, for runs and bundles alike.

    @staticmethod
    def bundle_reader(manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> ImageReader:
        """Pictures and masks, as a bundle has them."""
        return ImageReader(patterns, manifest["channels"], manifest["classes"])

    @staticmethod
    def bundle_predictor(bundle: Path, threads: int = 1) -> Predict:
        """Pictures to masks on the device's runner."""
        return Segmenter(bundle, threads=threads).mask

    @staticmethod
    def score(predict: Predict, reader: ImageReader, limit: int | None) -> dict[str, Any]:
        """Predicts the masks of pictures, at most `limit` of them, and scores them."""
        pictures = itertools.islice(reader, limit)
        return score_masks(count(predict(image), labels, reader.classes) for image, labels in pictures)

    # What a report is made of.

    @staticmethod
    def identity(reader: ImageReader, limit: int | None) -> list[Any]:
        """What tells these data from others, as JSON has it."""
        return [[file.name, file.stat().st_size] for pair in reader.pairs[:limit] for file in pair]

    @staticmethod
    def outputs(predict: Predict, reader: ImageReader, limit: int | None) -> list[Any]:
        """What `compared` needs of the predictions, as JSON has it: each picture's counts."""
        pictures = itertools.islice(reader, limit)
        return [count(predict(image), labels, reader.classes).tolist() for image, labels in pictures]

    @staticmethod
    def compared(outputs: list[Any], first: list[Any], reader: ImageReader, limit: int | None) -> dict[str, Any]:
        """Scores of outputs, and how they differ from the first ones: columns of a report."""
        scores = score_masks(map(np.array, outputs))
        return {name: scores[name] for name in ("iou", "dice", "image_iou", "image_dice")}

    @staticmethod
    def bench_input(reader: ImageReader, limit: int | None) -> str:
        """Speed is measured on noise: it does not depend on what is on a picture."""
        return ""

    @staticmethod
    def headline(scores: Mapping[str, Any]) -> str:
        """Scores in a few words."""
        return f"IoU {scores['iou']:.1f}, Dice {scores['dice']:.1f} on {scores['images']} validation pictures"


def mask_examples(predict: Predict, reader: ImageReader, classes: int) -> dict[str, list[MaskExample]]:
    """The best, middle and worst pictures by their IoU, with both masks, by the name of the group."""
    scored = [
        (score_masks([count(predict(image), labels, classes)])["iou"], index)
        for index, (image, labels) in enumerate(reader)
    ]
    scored.sort(reverse=True)
    middle = max(0, (len(scored) - _EXAMPLES) // 2)
    groups = {
        "best": scored[:_EXAMPLES],
        "median": scored[middle : middle + _EXAMPLES],
        "worst": scored[-_EXAMPLES:],
    }

    def example(iou: float, index: int) -> MaskExample:
        image, labels = reader.read(reader.pairs[index])
        return MaskExample(iou, image, labels, predict(image))

    return {name: [example(*each) for each in group] for name, group in groups.items()}
