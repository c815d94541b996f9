"""A segmentation run as servers see it."""

from collections.abc import Callable, Iterator

import keras
import numpy as np
import tensorflow as tf

from edge.segmenter import Segmenter
from keras_s2s.export.segmentation import ServedSegmenter
from pipelines.data.images import ImageReader


class ServedPictures:
    """What a SavedModel of a segmentation run is made of, and how it is asked.

    Args:
        segmenter: makes the device's segmenter over a graph function.
    """

    def __init__(self, segmenter: Callable[[Callable], Segmenter]):
        self._segmenter = segmenter

    def module(self, model: keras.Model) -> ServedSegmenter:
        """The network."""
        return ServedSegmenter(model)

    def predictor(self, signature: Callable) -> Callable[[np.ndarray], np.ndarray]:
        """Pictures to masks by the signature `serving_default`, loaded again."""
        return self._segmenter(signature).mask

    def warmup(self, sample: ImageReader) -> Iterator[tuple[str, dict[str, tf.Tensor]]]:
        """A signature and an input of it: a picture of the sample."""
        image, _ = next(iter(sample))
        yield "serving_default", {"image": tf.constant(image[None])}
