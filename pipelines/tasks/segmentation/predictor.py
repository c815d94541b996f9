"""The device's segmenter over the graph function of a run."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from edge.segmenter import Network, Segmenter
from keras_s2s.export.segmentation import segmentation_signatures
from pipelines.run import Run
from pipelines.tasks.segmentation.config import SegmentationConfig
from pipelines.tasks.segmentation.threshold import read_threshold


def keras_segmenter(run: Run, network: keras.Model, flips: bool = False) -> Segmenter:
    """Return the device's segmenter over a Keras model.

    Args:
        run: of the network.
        network: image float32 `(batch, height, width, channels)` to probabilities `(batch, height, width, classes)`.
        flips: test-time flips.
    """
    segment = segmentation_signatures(network)["segment"]
    # A graph function does not hold its network.
    return graph_segmenter(run, lambda image, _=network: segment(image=image), flips)


def graph_segmenter(run: Run, segment: Callable[..., dict[str, Any]], flips: bool = False) -> Segmenter:
    """Return the device's segmenter over a graph function, for example that of a SavedModel."""
    assert isinstance(run.config, SegmentationConfig)
    model = run.config.model
    return Segmenter(
        Network(
            probabilities=lambda images: segment(image=tf.constant(images))["probabilities"].numpy(),
            channels=model.channels,
            classes=model.classes,
            threshold=read_threshold(run),
        ),
        flips=flips,
    )
