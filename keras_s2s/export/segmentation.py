"""The graph functions of an exported segmenter. `docs/bundle.md` has the contract of their names."""

import keras
import tensorflow as tf

from keras_s2s.export.signatures import Signatures


def segmentation_signatures(model: keras.Model, tile: int | None = None) -> Signatures:
    """Signatures of a segmentation flatbuffer or SavedModel.

    Args:
        model: the network; it must live as long as the functions, which do not hold it.
        tile: for static shapes: one image of this height and width, a multiple of 32, per call. None for any number of
            images of any size.

    Returns:
        segment: image float32 `(batch, height, width, channels)` in [0, 1] to probabilities
            `(batch, height, width, classes)`.
    """

    batch = None if tile is None else 1
    shape = (batch, tile, tile, model.input.shape[-1])

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="image")])
    def segment(image: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"probabilities": model(image, training=False)}

    return {"segment": segment.get_concrete_function()}


class ServedSegmenter(tf.Module):
    """What a SavedModel is made of.

    Args:
        model: the network.
    """

    def __init__(self, model: keras.Model):
        super().__init__()
        # All that the function reads. The Keras layers are not saved: loading needs no code of this package.
        self.weights = [variable.value for variable in model.variables]
        self._model = model

    def signatures(self) -> Signatures:
        """`serving_default`: as `segment` of a flatbuffer."""
        return {"serving_default": segmentation_signatures(self._model)["segment"]}
