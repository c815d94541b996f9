"""Image encoders: images to feature maps, the finest first, each half as high and wide as the one before."""

import functools
from collections.abc import Callable

import keras

Features = list[keras.KerasTensor]

# Blocks of each stage.
_BLOCKS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3)}

# Features at the images' own resolution, which are the most costly ones.
_DETAIL_FILTERS = 8

# Of keras.applications' ResNet50, the last layer of each resolution.
_RESNET50_LAYERS = (
    "conv1_relu",
    "conv2_block3_out",
    "conv3_block4_out",
    "conv4_block6_out",
    "conv5_block3_out",
)
# Of ImageNet, red, green and blue: what the published weights expect to be subtracted.
_IMAGENET_MEAN = (123.68, 116.779, 103.939)


def convolve(
    x: keras.KerasTensor, filters: int, kernel: int, strides: int, name: str, relu: bool = True
) -> keras.KerasTensor:
    """Convolution, batch normalization and, if wanted, a rectifier up to 6; at export they become one operator.

    The bound (Krizhevsky 2010) is for static quantization with 8 bits: one large value would make all others coarse.

    Args:
        x: `(batch, height, width, channels)`.
        filters, kernel, strides: of the convolution.
        name: what the layers' names begin with.
        relu: with a rectifier.

    Returns:
        `(batch, height / strides, width / strides, filters)`.
    """
    x = keras.layers.Conv2D(
        filters, kernel, strides, "same", use_bias=False, kernel_initializer="he_normal", name=f"{name}_conv"
    )(x)
    # A mean over fewer steps than Keras' 0.99 takes: runs on small sets have few.
    x = keras.layers.BatchNormalization(momentum=0.9, name=f"{name}_norm")(x)
    return keras.layers.ReLU(max_value=6.0, name=f"{name}_relu")(x) if relu else x


def resnet(images: keras.KerasTensor, filters: int, blocks: tuple[int, ...]) -> Features:
    """ResNet of basic blocks (He et al. 2016).

    Args:
        images: `(batch, height, width, channels)`; height and width multiples of 32.
        filters: of the first stage; each later one has twice as many.
        blocks: of each stage.

    Returns:
        The features of strides 1, 2, 4, 8, 16 and 32; the first are the images after one convolution.
    """
    x = convolve(images, filters, 7, 2, "stem")
    features = [_detail(images), x]
    x = keras.layers.MaxPooling2D(3, 2, "same", name="stem_pool")(x)
    for stage, number in enumerate(blocks):
        for block in range(number):
            strides = 2 if stage and not block else 1
            x = _basic_block(x, filters * 2**stage, strides, f"stage{stage + 1}_block{block + 1}")
        features.append(x)
    return features


def _detail(images: keras.KerasTensor) -> keras.KerasTensor:
    """Return the features at full resolution that a decoder reads.

    Not the images themselves: in 8 bits they would have the scale of what they are joined with, and of a dim image
    nothing would be left.
    """
    return convolve(images, _DETAIL_FILTERS, 3, 1, "detail")


def _basic_block(x: keras.KerasTensor, filters: int, strides: int, name: str) -> keras.KerasTensor:
    shortcut = x
    if strides > 1:
        shortcut = convolve(x, filters, 1, strides, f"{name}_shortcut", relu=False)
    x = convolve(x, filters, 3, strides, f"{name}_1")
    x = convolve(x, filters, 3, 1, f"{name}_2", relu=False)
    x = keras.layers.Add(name=f"{name}_add")([x, shortcut])
    return keras.layers.ReLU(max_value=6.0, name=f"{name}_relu")(x)


def resnet50(images: keras.KerasTensor) -> Features:
    """ResNet-50 of `keras.applications`; see `resnet` for what comes back. `load_pretrained` gives it weights."""
    mean = [-value for value in _IMAGENET_MEAN] if images.shape[-1] == 3 else 0.0
    x = keras.layers.Rescaling(255.0, mean, name="imagenet_range")(images)
    # Its own layer of that name is replaced: inputs of other than three channels have other weights in it.
    model = keras.applications.ResNet50(include_top=False, weights=None, input_tensor=x)
    return [_detail(images), *(model.get_layer(name).output for name in _RESNET50_LAYERS)]


def plain(images: keras.KerasTensor, filters: int, depth: int = 4) -> Features:
    """The contracting path of U-Net (Ronneberger et al. 2015), with batch normalization and padding.

    Args:
        images: `(batch, height, width, channels)`; height and width multiples of `2**depth`.
        filters: of the first level; each later one has twice as many.
        depth: how often the resolution is halved.

    Returns:
        The features of strides 1, 2, ... `2**depth`.
    """
    features, x = [], images
    for level in range(depth + 1):
        if level:
            x = keras.layers.MaxPooling2D(2, name=f"level{level}_pool")(x)
        for number in (1, 2):
            x = convolve(x, filters * 2**level, 3, 1, f"level{level}_{number}")
        features.append(x)
    return features


# Name to: images and filters to features.
ENCODERS: dict[str, Callable[[keras.KerasTensor, int], Features]] = {
    **{name: functools.partial(resnet, blocks=blocks) for name, blocks in _BLOCKS.items()},
    "resnet50": lambda images, filters: resnet50(images),
    "plain": plain,
}


def load_pretrained(model: keras.Model, weights: str) -> None:
    """Gives the encoder of a ResNet-50 network the weights that `keras.applications` publishes.

    Args:
        model: a segmentation network with the encoder `resnet50` and three channels.
        weights: `imagenet` to download them, or the path of a file of them, without the classifier.

    Raises:
        OSError: they cannot be had.
        ValueError: the file holds other weights.
    """
    try:
        source = keras.applications.ResNet50(include_top=False, weights=weights)
    except (OSError, ValueError):
        raise
    except Exception as error:
        # What Keras raises when a download fails has no type of its own.
        raise OSError(str(error)) from error
    for layer in source.layers:
        if values := layer.get_weights():
            if layer.name == "conv1_conv":
                # Published for blue, green, red.
                values[0] = values[0][:, :, ::-1]
            model.get_layer(layer.name).set_weights(values)
