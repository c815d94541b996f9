"""Batches of patches from images and masks, with tf.data: read, crop, augment, batch."""

from collections.abc import Iterator

import numpy as np
import tensorflow as tf

from keras_s2s.mask_losses import IGNORED
from pipelines.data.augment import AugmentConfig, augment
from pipelines.data.gaps import touching
from pipelines.data.images import ImageReader
from pipelines.data.position import Position

# Decoded images of sets up to this size stay in memory from the first epoch on.
CACHE_BYTES = 1_000_000_000

_SHUFFLE_IMAGES = 2000
_SHUFFLE_PATCHES = 64


def training_batches(
    reader: ImageReader,
    *,
    patch: int,
    batch: int,
    config: AugmentConfig,
    position: Position,
    least: int = 1,
    balance: float = 0.0,
    gap: int = 0,
) -> tf.data.Dataset:
    """Shuffled batches of random patches. An image of the area of several patches gives as many per epoch.

    Args:
        reader: the images.
        patch: side length of a patch in pixels.
        batch: batch size in patches.
        config: data augmentation.
        position: which epoch to shuffle for, and how many of its batches to skip; taken whenever an iteration
            begins.
        least: batches of an epoch, at least: the images of a small data set come several times per epoch, each time
            with other patches.
        balance: fraction of the patches that are placed by `augment` at a class.
        gap: pixels of an object up to this distance from another object are background; 0: they are not.

    Returns:
        Elements: images float32 `(batch, patch, patch, channels)` in [0, 1]; labels uint8 `(batch, patch, patch)`. A
        last batch that would be smaller is skipped, unless there is no other.
    """
    images = _images(reader, gap)
    # Less than a batch is one batch, too.
    batches = max(1, sum(_patches(reader, patch)) // batch)
    repeats = -(-least // batches)

    def patches(image: tf.Tensor, labels: tf.Tensor) -> tf.data.Dataset:
        number = tf.maximum(tf.size(labels, tf.int64) // patch**2, 1)
        return tf.data.Dataset.from_tensors((image, labels)).repeat(number)

    def epoch(_: tf.Tensor) -> tf.data.Dataset:
        seed, done = position.take()
        shuffled = images.repeat(repeats).shuffle(_SHUFFLE_IMAGES, seed=seed, reshuffle_each_iteration=False)
        patched = shuffled.flat_map(patches).enumerate()
        patched = patched.map(
            lambda index, pair: augment(pair[0], pair[1], patch, tf.stack([seed, index]), config, balance),
            num_parallel_calls=2,
        )
        # Those of one large image come one after the other.
        patched = patched.shuffle(_SHUFFLE_PATCHES, seed=seed, reshuffle_each_iteration=False)
        return patched.batch(batch, drop_remainder=len(reader) >= batch).skip(done)

    # A function of the epoch, so that an interrupted one can be begun again in its middle.
    return tf.data.Dataset.from_tensors(0).flat_map(epoch).prefetch(2)


def tiled_batches(reader: ImageReader, *, patch: int, batch: int) -> tf.data.Dataset:
    """Batches of tiles that cover each image, in order; pixels beyond its borders are labelled `IGNORED`.

    Args:
        reader: the images.
        patch: side of a tile in pixels.
        batch: tiles a batch.

    Returns:
        Elements as those of `training_batches`.
    """

    def tiles(image: tf.Tensor, labels: tf.Tensor) -> tf.data.Dataset:
        rows, columns = (-tf.shape(labels)[axis] % patch for axis in (0, 1))
        image = tf.pad(image, [[0, rows], [0, columns], [0, 0]])
        labels = tf.pad(labels, [[0, rows], [0, columns]], constant_values=IGNORED)
        return tf.data.Dataset.from_tensor_slices((_cut(image, patch), _cut(labels[..., None], patch)[..., 0]))

    tiled = _images(reader).flat_map(tiles)
    return tiled.map(lambda image, labels: (tf.cast(image, tf.float32) / 65535.0, labels)).batch(batch).prefetch(2)


def _patches(reader: ImageReader, patch: int) -> Iterator[int]:
    """How many patches each image gives per epoch, by its area."""
    for height, width in reader.sizes():
        yield max(1, width * height // patch**2)


def _images(reader: ImageReader, gap: int = 0) -> tf.data.Dataset:
    """Elements: image uint16 `(height, width, channels)`, of which 65535 is 1; labels uint8 `(height, width)`."""

    def read(index: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        image, labels = reader.read(reader.pairs[index])
        if gap and (ids := reader.objects(reader.pairs[index])) is not None:
            labels = np.where(touching(ids, gap), 0, labels).astype(np.uint8)
        return np.rint(image * 65535.0).astype(np.uint16), labels

    def load(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        image, labels = tf.numpy_function(read, [index], [tf.uint16, tf.uint8])
        return tf.ensure_shape(image, (None, None, reader.channels)), tf.ensure_shape(labels, (None, None))

    images = tf.data.Dataset.range(len(reader)).map(load, num_parallel_calls=2)
    return images.cache() if _decoded_bytes(reader) <= CACHE_BYTES else images


def _decoded_bytes(reader: ImageReader) -> int:
    """About how much memory the images take, by the first ones."""
    sizes = [reader.read(pair)[1].size for pair in reader.pairs[:8]]
    return len(reader) * max(sizes) * (2 * reader.channels + 1)


def _cut(values: tf.Tensor, patch: int) -> tf.Tensor:
    """Values `(height, width, channels)`, sides multiples of a patch's, to `(patches, patch, patch, channels)`."""
    height, width, channels = tf.unstack(tf.shape(values))
    rows = tf.reshape(values, [height // patch, patch, width // patch, patch, channels])
    return tf.reshape(tf.transpose(rows, [0, 2, 1, 3, 4]), [-1, patch, patch, values.shape[-1]])
