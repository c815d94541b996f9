"""U-Net: an image encoder, and a decoder that brings its features back to the picture's size."""

from typing import Annotated, Literal

import keras
from pydantic import Field, model_validator

from keras_s2s.config import Settings, Share
from keras_s2s.layers.size import CropLike, DepthToSpace, PadToMultiple
from keras_s2s.models.encoders import ENCODERS, convolve

# The decoder is never narrower, or its last levels could hold nothing.
_NARROWEST = 8


class SegmentationConfig(Settings):
    """A segmentation network.

    Attributes:
        encoder: what reads the picture; `plain` is the encoder of the original U-Net.
        filters: of the encoder's first stage, each later one has twice as many; resnet50 always has 64.
        skips: the decoder reads the encoder's features of its resolution.
        upsampling: repeat each pixel, or learn what becomes of it (a transposed convolution).
        classes: 1 for a binary mask; more for that many classes, background included.
        channels: of the pictures, 3 for colour and 1 for grey.
        dropout: share of the coarsest features set to zero in training.
        weights: of the encoder, for resnet50 only: `random`, `imagenet`, or the path of a file of `keras.applications`.
    """

    encoder: Literal["resnet18", "resnet34", "resnet50", "plain"] = "resnet18"
    filters: Annotated[int, Field(ge=4, le=512)] = 32
    skips: bool = True
    upsampling: Literal["nearest", "transposed"] = "nearest"
    classes: Annotated[int, Field(ge=1, le=254)] = 1
    channels: Literal[1, 3] = 3
    dropout: Share = 0.0
    weights: str = "random"

    @model_validator(mode="after")
    def _weights_fit(self) -> "SegmentationConfig":
        if self.weights != "random" and (self.encoder != "resnet50" or self.channels != 3):
            raise ValueError("weights other than random are for the encoder resnet50 with 3 channels")
        return self


def build_segmentation(config: SegmentationConfig) -> keras.Model:
    """Builds a network for pictures of any height and width.

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
