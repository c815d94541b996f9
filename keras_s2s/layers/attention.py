"""Additive (Bahdanau) and multiplicative (Luong) attention.

Each class turns a query and the source's keys into scores; the base class does what they share. Keys are a linear
projection of the memory, computed once per sentence outside of these layers; the query is projected once per step.
"""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from keras_s2s.layers.product import product
from keras_s2s.tensors import Tensor

# Far below any score, and still finite in float16: the weight of a masked position is exactly zero after softmax.
MASKED = -3e4

# Positions that location-aware attention sees of the step before, and the filters that it sees them with.
LOCATION_WIDTH, LOCATION_FILTERS = 31, 10


class Attention(keras.layers.Layer):
    """What additive and multiplicative attention share.

    Args:
        units: width of keys and query.

    Call arguments:
        query: output of the decoder's top layer, `(batch, units)`.
        keys: the memory projected to `(batch, source_length, units)`.
        memory: encoder outputs `(batch, source_length, memory_units)`.
        mask: boolean `(batch, source_length)`, true at real positions.
        alignment: attention weights of the step before `(batch, source_length)`, where `reads_alignment`.

    Output:
        Context `(batch, memory_units)` and attention weights `(batch, source_length)`, zero at padding.

    Attributes:
        reads_alignment: whether a step reads where the step before has looked.
    """

    reads_alignment = False

    def __init__(self, units: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.units = units

    def build(
        self,
        query_shape: tuple,
        keys_shape: tuple | None = None,
        memory_shape: tuple | None = None,
        mask_shape: tuple | None = None,
    ) -> None:
        """Multiplying needs no weights."""

    def read_in_step(self) -> tuple[list[keras.Variable], list[keras.Variable]]:
        """The kernels that queries are multiplied with, and the other weights."""
        return [], []

    def scores(self, query: Tensor, keys: Tensor, alignment: Tensor | None) -> Tensor:
        """Scores `(batch, source_length)`; what subclasses differ in."""
        raise NotImplementedError(f"{type(self).__name__} defines no scores")

    def call(
        self, query: Tensor, keys: Tensor, memory: Tensor, mask: Tensor, alignment: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        scores = ops.where(mask, self.scores(query, keys, alignment), MASKED)
        weights = ops.softmax(scores, axis=-1)
        return product(weights, memory), weights

    def get_config(self) -> dict:
        return super().get_config() | {"units": self.units}


@keras.saving.register_keras_serializable("keras_s2s")
class BahdanauAttention(Attention):
    """Additive attention: `v . tanh(W query + key)`, with `key = U memory` (Bahdanau, Cho and Bengio 2015)."""

    def build(
        self,
        query_shape: tuple,
        keys_shape: tuple | None = None,
        memory_shape: tuple | None = None,
        mask_shape: tuple | None = None,
    ) -> None:
        self.query_kernel = self.add_weight(shape=(query_shape[-1], self.units), name="query_kernel")
        self.query_bias = self.add_weight(shape=(self.units,), initializer="zeros", name="query_bias")
        self.energy = self.add_weight(shape=(self.units,), initializer=_unit_variance, name="energy")

    def read_in_step(self) -> tuple[list[keras.Variable], list[keras.Variable]]:
        return [self.query_kernel], [self.query_bias, self.energy]

    def scores(self, query: Tensor, keys: Tensor, alignment: Tensor | None) -> Tensor:
        query = product(query, self.query_kernel) + self.query_bias
        return additive_scores(query, keys, tf.convert_to_tensor(self.energy))


@tf.custom_gradient
def additive_scores(query: Tensor, keys: Tensor, energy: Tensor) -> tuple:
    """`energy . tanh(keys + query)`, differentiated by hand: half of the walks over tensors of the keys' size.

    Args:
        query: `(batch, units)`.
        keys: `(batch, source_length, units)`.
        energy: `(units,)`.

    Returns:
        Scores `(batch, source_length)`.
    """
    hidden = tf.tanh(keys + tf.expand_dims(query, 1))
    rows = tf.reshape(hidden, (-1, hidden.shape[-1]))
    scores = tf.reshape(tf.matmul(rows, tf.expand_dims(energy, 1)), tf.shape(keys)[:2])

    def gradient(upstream: Tensor) -> list[Tensor]:
        grad_hidden = tf.raw_ops.TanhGrad(y=hidden, dy=tf.expand_dims(upstream, 2) * energy)
        grad_energy = tf.matmul(rows, tf.reshape(upstream, (-1, 1)), transpose_a=True)
        return [tf.reduce_sum(grad_hidden, 1), grad_hidden, tf.squeeze(grad_energy, 1)]

    return scores, gradient


@keras.saving.register_keras_serializable("keras_s2s")
class LocationAttention(BahdanauAttention):
    """Additive attention that sees where the step before has looked: `v . tanh(W query + key + L f)`, where `f` is a
    convolution of that step's weights (location-aware attention, Chorowski et al. 2015).

    Sound has no words to tell places by: what follows is mostly next to what came before.
    """

    reads_alignment = True

    def build(
        self,
        query_shape: tuple,
        keys_shape: tuple | None = None,
        memory_shape: tuple | None = None,
        mask_shape: tuple | None = None,
    ) -> None:
        super().build(query_shape, keys_shape, memory_shape, mask_shape)
        self.location_kernel = self.add_weight(
            shape=(LOCATION_WIDTH, 1, LOCATION_FILTERS), initializer="glorot_uniform", name="location_kernel"
        )
        self.location_projection = self.add_weight(
            shape=(LOCATION_FILTERS, self.units), initializer="glorot_uniform", name="location_projection"
        )

    def read_in_step(self) -> tuple[list[keras.Variable], list[keras.Variable]]:
        kernels, others = super().read_in_step()
        return kernels, [*others, self.location_kernel, self.location_projection]

    def scores(self, query: Tensor, keys: Tensor, alignment: Tensor | None) -> Tensor:
        assert alignment is not None
        around = tf.nn.conv1d(
            tf.expand_dims(alignment, -1), tf.convert_to_tensor(self.location_kernel), stride=1, padding="SAME"
        )
        # Not through `product`: its factors are as many as there are positions.
        rows = tf.matmul(tf.reshape(around, (-1, LOCATION_FILTERS)), tf.convert_to_tensor(self.location_projection))
        return super().scores(query, keys + tf.reshape(rows, tf.shape(keys)), None)


@keras.saving.register_keras_serializable("keras_s2s")
class LuongAttention(Attention):
    """Multiplicative attention, the "general" form: `query . key`, with `key = W memory` (Luong et al. 2015)."""

    def scores(self, query: Tensor, keys: Tensor, alignment: Tensor | None) -> Tensor:
        return ops.squeeze(ops.matmul(keys, ops.expand_dims(query, -1)), -1)


def _unit_variance(shape: tuple, dtype: str | None = None) -> Tensor:
    """Normal with variance `1 / units`, so that scores start with a variance near one whatever the width."""
    return keras.random.normal(shape, stddev=shape[0] ** -0.5, dtype=dtype)


ATTENTIONS: dict[str, type[Attention]] = {
    "bahdanau": BahdanauAttention,
    "luong": LuongAttention,
    "location": LocationAttention,
}
