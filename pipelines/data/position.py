"""Where in the training data a run is."""

import tensorflow as tf


class Position:
    """An epoch, and how many of its batches are done. Data that are shuffled with it resume at this batch.

    Args:
        seed: of the order of the pairs.
    """

    def __init__(self, seed: int):
        self.seed = seed
        self._epoch = tf.Variable(0, dtype=tf.int64, trainable=False)
        self._batch = tf.Variable(0, dtype=tf.int64, trainable=False)

    def move(self, epoch: int, batch: int = 0) -> None:
        """The next iteration over the data begins there, the one after it at the next epoch's begin."""
        self._epoch.assign(epoch)
        self._batch.assign(batch)

    def take(self) -> tuple[tf.Tensor, tf.Tensor]:
        """What an iteration begins with: a seed for the epoch's order, and how many batches to skip."""
        # Counted here, not by whoever trains: Keras begins the next iteration before the next epoch.
        epoch, batch = tf.identity(self._epoch), tf.identity(self._batch)
        with tf.control_dependencies([epoch, batch]):
            moved = [self._epoch.assign_add(1), self._batch.assign(0)]
        with tf.control_dependencies(moved):
            # Far from the seeds of runs with other ones.
            return self.seed * 1_000_003 + epoch, tf.identity(batch)
