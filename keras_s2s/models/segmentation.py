"""U-Net: an image encoder, and a decoder that brings its features back to the image's size."""

import keras

from keras_s2s.config import SegmentationModelConfig
from keras_s2s.layers.size import CropLike, DepthToSpace, PadToMultiple
from keras_s2s.models.encoders import ENCODERS, convolve

# The decoder is never narrower, or its last levels could hold nothing.
_NARROWEST = 8


def build_segmentation(config: SegmentationModelConfig) -> keras.Model:
    """Builds a network for images of any height and width.

    It is U-Net (Ronneberger et al. 2015) over the features of its encoder. Its layer `logits` has what training reads.

    Args:
        config: its settings.

    Returns:
        A functional model: image float32 `(batch, height, width, channels)` in [0, 1] to probabilities
        `(batch, height, width, classes)`, independent of one another for a single class, else adding up to 1.
    """
    image = keras.Input((None, None, config.channels), name="image")
    stride = 16 if config.encoder == "plain" else 32
    padded = PadToMultiple(stride, name="pad")(image)
    *skips, x = ENCODERS[config.encoder](padded, config.filters)
    if config.dropout:
        x = keras.layers.SpatialDropout2D(config.dropout, name="dropout")(x)
    # As wide as the original from the coarsest level on, and at the finest levels of a ResNet narrower than its stem.
    widest = 64 if config.encoder == "resnet50" else config.filters
    for level, skip in reversed(list(enumerate(skips))):
        width = int(widest * 2.0 ** (level if config.encoder == "plain" else level - 2))
        x = _decode(x, skip if config.skips else None, max(_NARROWEST, width), config.upsampling, f"decoder{level}")
    scores = keras.layers.Conv2D(config.classes, 1, name="scores")(x)
    logits = CropLike(name="logits")(scores, image)
    activation = "sigmoid" if config.classes == 1 else "softmax"
    probabilities = keras.layers.Activation(activation, name="probabilities")(logits)
    return keras.Model(image, probabilities, name="segmentation")


def _decode(
    x: keras.KerasTensor, skip: keras.KerasTensor | None, filters: int, upsampling: str, name: str
) -> keras.KerasTensor:
    """Features `(batch, height, width, channels)` to `(batch, 2 * height, 2 * width, filters)`."""
    # Narrowed while it is small: a 1x1 convolution gives the same before and after pixels are repeated.
    copies = 1 if upsampling == "transposed" else 4
    x = keras.layers.Conv2D(4 * filters // copies, 1, name=f"{name}_narrow")(x)
    if copies > 1:
        x = keras.layers.Concatenate(name=f"{name}_repeat")([x] * copies)
    x = DepthToSpace(2, name=f"{name}_up")(x)
    if skip is not None:
        x = keras.layers.Concatenate(name=f"{name}_skip")([x, skip])
    for number in (1, 2):
        x = convolve(x, filters, 3, 1, f"{name}_{number}")
    return x
