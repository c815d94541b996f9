"""What a replica of a network needs of the others."""

from typing import TypeVar

import tensorflow as tf

from keras_s2s.tensors import Tensor

Tensors = TypeVar("Tensors", Tensor, list[Tensor])


def sum_over_replicas(tensors: Tensors) -> Tensors:
    """Sums over the replicas of tf.distribute, the same for each; outside of it, and for a single one, the tensors.

    Args:
        tensors: one or several, of the same shapes in all replicas. Gradients do not pass.
    """
    context = tf.distribute.get_replica_context()
    if context is None or context.num_replicas_in_sync == 1:
        return tensors
    return context.all_reduce(tf.distribute.ReduceOp.SUM, tf.nest.map_structure(tf.stop_gradient, tensors))
