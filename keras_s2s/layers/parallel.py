"""A batch in parts that do not wait for one another."""

import itertools

import keras
import tensorflow as tf

from keras_s2s.layers.cells import Tensor


class Parallel(keras.layers.Layer):
    """Runs a model on parts of the batch side by side, and adds up its outputs.

    The parts have no operator in common, so TensorFlow runs them on as many cores; `machine.spread_over_cores` sets its
    threads to that. Weights are shared, and gradients add up by themselves.

    Args:
        model: whose outputs are sums over the batch, as those of `Seq2Seq.objective` are.
        parts: how many.

    Call arguments:
        inputs: a dict of tensors `(batch, ...)`.

    Output:
        The model's, of the whole batch.
    """

    def __init__(self, model: keras.Model, parts: int, **kwargs):
        super().__init__(**kwargs)
        self.model = model
        self.parts = parts

    def call(self, inputs: dict[str, Tensor], training: bool = False) -> Tensor:
        batch = tf.shape(next(iter(inputs.values())))[0]
        edges = [batch * part // self.parts for part in range(self.parts + 1)]
        return tf.add_n(
            [
                self.model({name: tensor[first:last] for name, tensor in inputs.items()}, training=training)
                for first, last in itertools.pairwise(edges)
            ]
        )

    def compute_output_spec(self, inputs: dict[str, Tensor], training: bool = False) -> keras.KerasTensor:
        return keras.KerasTensor(self.model.output.shape, self.model.output.dtype)
