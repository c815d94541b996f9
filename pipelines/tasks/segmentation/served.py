"""A segmentation run as servers see it."""

from collections.abc import Callable, Iterator

import keras
import tensorflow as tf

from keras_s2s.export.segmentation import ServedSegmenter
from pipelines.data.images import ImageReader
from pipelines.run import Run
from pipelines.tasks.segmentation.predictor import graph_segmenter
from pipelines.tasks.segmentation.scores import MaskPredictor


class ServedSegmentation:
    """Implement `pipelines.tasks.protocol.Served`.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Run):
        self.run = run

    def module(self, network: keras.Model) -> ServedSegmenter:
        """Return the network as a module."""
        return ServedSegmenter(network)

    def predictor(self, signature: Callable) -> MaskPredictor:
        """Return what makes masks with the signature `serving_default`, loaded again."""
        return MaskPredictor(graph_segmenter(self.run, signature).mask)

    def warmup(self, sample: ImageReader) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """Yield the signature and one image of the sample."""
        image, _ = next(iter(sample))
        yield "serving_default", {"image": tf.constant(image[None])}
