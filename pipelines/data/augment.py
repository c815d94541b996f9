"""Data augmentation: random patches of an image and its mask, with the same geometric transformation."""

from typing import Annotated, Literal

import tensorflow as tf
from pydantic import Field

from keras_s2s.config import Settings, Share
from keras_s2s.mask_losses import IGNORED
from pipelines.config import AUTO, Auto, decided

# Points along each side of a patch whose displacement is sampled; between them it is interpolated.
_ELASTIC_POINTS = 4


class AugmentConfig(Settings):
    """Data augmentation of training images.

    Attributes:
        flip: random flips: `both` (horizontal and vertical), one of them or `none`; `auto`: by whether classes are
            always on the same side of the images.
        rotate: rotation: maximum angle in degrees; `auto`: as `flip`.
        scale: scaling: 0.25 is from 80% to 125%.
        elastic: elastic deformation: standard deviation in pixels.
        colour: colour jitter: maximum relative change of brightness, contrast and saturation.
    """

    flip: Literal["auto", "both", "horizontal", "vertical", "none"] = AUTO
    rotate: Annotated[float, Field(ge=0.0, le=180.0)] | Auto = AUTO
    scale: Annotated[float, Field(ge=0.0, le=4.0)] = 0.25
    elastic: Annotated[float, Field(ge=0.0)] = 3.0
    colour: Share = 0.2


def augment(
    image: tf.Tensor, labels: tf.Tensor, size: int, seed: tf.Tensor, config: AugmentConfig, balance: float = 0.0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return a random augmented patch: rotation, flips, scaling, elastic deformation, colour jitter.

    Args:
        image: uint16 `(height, width, channels)`, of which 65535 is 1.
        labels: uint8 `(height, width)`.
        size: of the patch. Beyond the image's borders it is mirrored.
        seed: int64 `(2,)`: the same one gives the same patch.
        config: what may happen.
        balance: probability that the patch is placed at a class: each class of the image except 0 is as likely, and a
            random pixel of it is near the middle.

    Returns:
        Image float32 `(size, size, channels)` in [0, 1]; labels uint8 `(size, size)`.
    """
    seeds = tf.random.split(seed, 4)
    corner = _corner(tf.shape(labels), size, seeds[0])
    if balance:
        at_class = tf.random.stateless_uniform((), seeds[3]) < balance
        corner = tf.cond(at_class, lambda: _corner_at_class(labels, size, seeds[3], corner), lambda: corner)
    points = _points(size, seeds[0], seeds[1], config) + corner + (size - 1) / 2
    patch = _bilinear(image, points) / 65535.0
    return _coloured(patch, seeds[2], config.colour), _nearest(labels, points)


def _corner(shape: tf.Tensor, size: int, seed: tf.Tensor) -> tf.Tensor:
    """A random place of a patch: float32 row and column of its corner. Without rotation it is inside of the image."""
    # Whole pixels: no blur.
    room = tf.cast(shape - size, tf.float32)
    drawn = tf.minimum(tf.floor(tf.random.stateless_uniform((2,), seed + 1) * (room + 1.0)), room)
    return tf.where(room > 0.0, drawn, tf.floor(room / 2.0))


def _corner_at_class(labels: tf.Tensor, size: int, seed: tf.Tensor, otherwise: tf.Tensor) -> tf.Tensor:
    """The same of a patch with a pixel of a random class near its middle; `otherwise` if all pixels have class 0."""
    classes, _ = tf.unique(tf.reshape(labels, [-1]))
    classes = tf.boolean_mask(classes, (classes != 0) & (classes != IGNORED))
    draws = tf.random.stateless_uniform((4,), seed + 1)

    def at_class() -> tf.Tensor:
        pixels = tf.where(labels == _drawn(classes, draws[0]))
        moved = tf.floor((draws[2:] - 0.5) * (size / 2))
        corner = tf.cast(_drawn(pixels, draws[1]), tf.float32) - size // 2 + moved
        room = tf.cast(tf.shape(labels) - size, tf.float32)
        return tf.where(room > 0.0, tf.clip_by_value(corner, 0.0, tf.maximum(room, 0.0)), tf.floor(room / 2.0))

    return tf.cond(tf.size(classes) > 0, at_class, lambda: otherwise)


def _drawn(values: tf.Tensor, draw: tf.Tensor) -> tf.Tensor:
    """The value at a fraction, in [0, 1), of values `(number, ...)`."""
    number = tf.shape(values)[0]
    return values[tf.minimum(tf.cast(draw * tf.cast(number, tf.float32), tf.int32), number - 1)]


def _points(size: int, seed: tf.Tensor, elastic_seed: tf.Tensor, config: AugmentConfig) -> tf.Tensor:
    """Where the patch's pixels lie from its middle: float32 `(size, size, 2)`, rows and columns."""
    draws = tf.random.stateless_uniform((4,), seed, -1.0, 1.0)
    angle = draws[0] * (decided(config.rotate) * 3.14159265 / 180.0)
    scale = (1.0 + config.scale) ** draws[1]
    mirrored = [
        tf.where(config.flip in ("both", direction) and draw < 0.0, -1.0, 1.0)
        for direction, draw in (("vertical", draws[2]), ("horizontal", draws[3]))
    ]
    steps = tf.range(size, dtype=tf.float32) - (size - 1) / 2
    points = tf.stack(tf.meshgrid(steps, steps, indexing="ij"), axis=-1)
    if config.elastic:
        coarse = (1, _ELASTIC_POINTS, _ELASTIC_POINTS, 2)
        displacements = tf.random.stateless_normal(coarse, elastic_seed, stddev=config.elastic)
        points += tf.image.resize(displacements, (size, size), "bicubic")[0]
    turn = tf.stack([[tf.cos(angle), -tf.sin(angle)], [tf.sin(angle), tf.cos(angle)]])
    return tf.tensordot(points * tf.stack(mirrored), turn / scale, axes=1)


def _mirrored(index: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Indices that may be beyond either border, brought back by reflection at it, as often as it takes."""
    period = tf.maximum(2 * size, 1)
    index = tf.math.floormod(index, period)
    return tf.minimum(index, period - 1 - index)


def _pick(values: tf.Tensor, rows: tf.Tensor, columns: tf.Tensor) -> tf.Tensor:
    """Values `(height, width, ...)` at rows and columns `(size, size)`."""
    height, width = tf.shape(values)[0], tf.shape(values)[1]
    return tf.gather_nd(values, tf.stack([_mirrored(rows, height), _mirrored(columns, width)], axis=-1))


def _bilinear(image: tf.Tensor, points: tf.Tensor) -> tf.Tensor:
    """Image `(height, width, channels)` at points `(size, size, 2)`: float32 `(size, size, channels)`."""
    corner = tf.floor(points)
    share = (points - corner)[..., None]
    rows, columns = tf.unstack(tf.cast(corner, tf.int32), axis=-1)
    above, below = (
        (1.0 - share[:, :, 1]) * tf.cast(_pick(image, row, columns), tf.float32)
        + share[:, :, 1] * tf.cast(_pick(image, row, columns + 1), tf.float32)
        for row in (rows, rows + 1)
    )
    return (1.0 - share[:, :, 0]) * above + share[:, :, 0] * below


def _nearest(labels: tf.Tensor, points: tf.Tensor) -> tf.Tensor:
    """Labels `(height, width)` at the pixels nearest to points `(size, size, 2)`."""
    return _pick(labels, *tf.unstack(tf.cast(tf.floor(points + 0.5), tf.int32), axis=-1))


def _coloured(image: tf.Tensor, seed: tf.Tensor, share: float) -> tf.Tensor:
    """Image `(size, size, channels)` with other brightness, contrast and saturation."""
    if not share:
        return image
    brightness, contrast, saturation = tf.unstack(tf.random.stateless_uniform((3,), seed, -share, share))
    grey = tf.reduce_mean(image, axis=-1, keepdims=True)
    image = grey + (1.0 + saturation) * (image - grey)
    mean = tf.reduce_mean(image)
    return tf.clip_by_value(mean + (1.0 + contrast) * (image - mean) + brightness, 0.0, 1.0)
