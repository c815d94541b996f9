"""Where in the training data a run is."""

import tensorflow as tf


class Position:
    """An epoch, and how many of its batches are done. Data that are shuffled with it go on where they were.

    Args:
        seed: of the order of the pairs.

    Attributes:
        epoch, batch: variables int64, read when an iteration over the data begins.
    """

    def __init__(self, seed: int):
        self.seed = seed
        self.epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self.batch = tf.Variable(0, dtype=tf.int64, trainable=False)

    def move(self, epoch: int, batch: int = 0) -> None:
        """The next iteration over the data begins there."""
        self.epoch.assign(epoch)
        self.batch.assign(batch)

    @property
    def shuffle_seed(self) -> tf.Tensor:
        """A seed for each epoch, far from those of other runs."""
        return self.seed * 1_000_003 + self.epoch
