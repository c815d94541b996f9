"""Slices of a batch that run in parallel on the cores of a processor."""

import itertools
from typing import Any

import keras
import tensorflow as tf

from keras_s2s.tensors import Tensor


class Parallel(keras.layers.Layer):
    """Runs a model on slices of the batch in parallel, and adds up its outputs.

    The slices have no operator in common, so TensorFlow runs each on its own core; `machine.spread_over_cores` sets the
    number of threads for it. Weights are shared, and gradients add up by themselves.

    Args:
        model: whose outputs are sums over the batch, as those of `Seq2Seq.objective` are.
        slices: number of slices of a batch.

    Call arguments:
        inputs: a dict of tensors `(batch, ...)`.

    Output:
        The model's, of the whole batch.
    """

    def __init__(self, model: keras.Model, slices: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.model = model
        self.slices = slices

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> Tensor:
        batch = tf.shape(next(iter(inputs.values())))[0]
        edges = [batch * index // self.slices for index in range(self.slices + 1)]
        return tf.add_n(
            [
                self.model({name: tensor[first:last] for name, tensor in inputs.items()}, training=training)
                for first, last in itertools.pairwise(edges)
            ]
        )

    def compute_output_spec(self, inputs: dict[str, Tensor], training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(self.model.output.shape, self.model.output.dtype)
