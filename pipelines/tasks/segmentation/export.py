"""What a segmentation run becomes outside of Keras: a bundle, or a SavedModel."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np

from keras_s2s.export.segmentation import segmentation_signatures
from keras_s2s.export.signatures import Signatures
from pipelines.run import Run
from pipelines.tasks.protocol import ExportForm
from pipelines.tasks.segmentation.config import SegmentationConfig
from pipelines.tasks.segmentation.data import SegmentationData
from pipelines.tasks.segmentation.served import ServedSegmentation
from pipelines.tasks.segmentation.threshold import read_threshold


class SegmentationExport:
    """Implement `pipelines.tasks.protocol.Export`.

    Args:
        run: the run directory.
    """

    # Static scales lose quality where activations have rare large values, so dynamic-range quantization comes first.
    quantizations = ("int8", "int8-static", "int16x8", "float16", "none")
    refused = dict.fromkeys(("int4", "mixed"), "nothing runs convolutions of 4 bits")

    def __init__(self, run: Run):
        assert isinstance(run.config, SegmentationConfig)
        self.run = run
        self.model = run.config.model
        self.masks = run.config.data.masks

    def signatures(self, network: keras.Model, form: ExportForm) -> Signatures:
        """Return the graph function."""
        return segmentation_signatures(network)

    def calibration(self) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
        """Yield the images of the validation sample."""
        for image, _ in SegmentationData(self.run).sample_reader():
            yield "segment", {"image": image[None]}

    def manifest(self, form: ExportForm) -> dict[str, Any]:
        """Return channels, classes and threshold."""
        return {
            "channels": self.model.channels,
            "classes": self.model.classes,
            "threshold": read_threshold(self.run),
            "masks": self.masks,
            "limits": {},
        }

    def files(self, form: ExportForm, folder: Path) -> Mapping[str, Path]:
        """Return nothing: the flatbuffer is all."""
        return {}

    def served(self, ids: bool) -> ServedSegmentation:
        """Return what a SavedModel is made of."""
        return ServedSegmentation(self.run)
