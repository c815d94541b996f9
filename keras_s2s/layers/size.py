"""Images of any size: padded on the way in, cropped on the way out, in operators that TFLite has built in."""

from typing import Any

import keras
import tensorflow as tf

from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class PadToMultiple(keras.layers.Layer):
    """Repeats the last row and column until height and width are multiples of a number.

    Args:
        multiple: the network's stride.
    """

    def __init__(self, multiple: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.multiple = multiple

    def call(self, images: Tensor) -> Tensor:
        """Images `(batch, height, width, channels)` to `(batch, padded_height, padded_width, channels)`."""
        # Not a pad operator: by how much is known at run time only, and TFLite then forgets the number of channels.
        for axis in (1, 2):
            size = tf.shape(images)[axis]
            padded = size + -size % self.multiple
            images = tf.gather(images, tf.minimum(tf.range(padded), size - 1), axis=axis)
        return images

    def compute_output_shape(self, shape: tuple) -> tuple:
        batch, *sizes, channels = shape
        return (batch, *(None if size is None else size + -size % self.multiple for size in sizes), channels)

    def get_config(self) -> dict:
        return super().get_config() | {"multiple": self.multiple}


@keras.saving.register_keras_serializable("keras_s2s")
class CropLike(keras.layers.Layer):
    """Undoes `PadToMultiple`."""

    def call(self, images: Tensor, original: Tensor) -> Tensor:
        """Images `(batch, padded_height, padded_width, channels)`, cropped to the height and width of others."""
        size = tf.shape(original)
        return images[:, : size[1], : size[2]]

    def compute_output_shape(self, images_shape: tuple, original_shape: tuple) -> tuple:
        return (*original_shape[:3], images_shape[-1])


@keras.saving.register_keras_serializable("keras_s2s")
class DepthToSpace(keras.layers.Layer):
    """Spreads each position's channels over a square of positions (Shi et al. 2016).

    Up-sampling to the nearest pixel is this after the channels were repeated; a transposed convolution of kernel and
    stride two is this after a 1x1 convolution. Neither needs the size of its output, as a resizing or a transposed
    convolution would, so in a flatbuffer of free height and width nothing has to be computed about shapes.

    Args:
        block: side of the square.
    """

    def __init__(self, block: int = 2, **kwargs: Any):
        super().__init__(**kwargs)
        self.block = block

    def call(self, features: Tensor) -> Tensor:
        """Features `(batch, height, width, block² * filters)` to `(batch, block * height, block * width, filters)`."""
        return tf.nn.depth_to_space(features, self.block)

    def compute_output_shape(self, shape: tuple) -> tuple:
        batch, height, width, channels = shape
        larger = (None if size is None else size * self.block for size in (height, width))
        return (batch, *larger, channels // self.block**2)

    def get_config(self) -> dict:
        return super().get_config() | {"block": self.block}
