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

# Height and width of a tile where shapes are static: all of it is computed, however small an image is.
_STATIC_TILE = 256


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
        """Return the graph function, possibly with static shapes."""
        return segmentation_signatures(network, _STATIC_TILE if form.static else None)

    def calibration(self, form: ExportForm) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
        """Yield the images of the validation sample; with static shapes their upper left corner."""
        for image, _ in SegmentationData(self.run).sample_reader():
            yield "segment", {"image": (_tile(image) if form.static else image)[None]}

    def manifest(self, form: ExportForm) -> dict[str, Any]:
        """Return channels, classes and threshold."""
        return {
            **({"static": True} if form.static else {}),
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


def _tile(image: np.ndarray) -> np.ndarray:
    """The upper left tile of an image; what is missing is like its edges, as on the device."""
    corner = image[:_STATIC_TILE, :_STATIC_TILE]
    height, width, _ = corner.shape
    return np.pad(corner, ((0, _STATIC_TILE - height), (0, _STATIC_TILE - width), (0, 0)), mode="edge")
