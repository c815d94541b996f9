"""The recurrent encoder."""

from typing import Any

import keras
import tensorflow as tf
from keras import ops

from keras_s2s.layers.cells import CELLS, States
from keras_s2s.layers.recurrent import Recurrent
from keras_s2s.layers.scan import swap
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class RecurrentEncoder(keras.layers.Layer):
    """A stack of recurrent layers, each in one direction or in both.

    Args:
        units: width of the outputs. Two directions take half of it each, so that the width does not depend on them.
        layers: how many.
        cell: a key of `CELLS`.
        bidirectional: read in both directions.
        dropout: dropout rate of each layer's input (except the first); one mask for all positions.
        recurrent_dropout: of each layer, see `Recurrent`.
        residual: each layer but the first adds its input, if it is as wide, to its output (He et al. 2016).
        layer_norm: normalize the input of each layer but the first (Ba et al. 2016).
        pyramid: number of layers after the first that read pairs of positions, half as many each (Chan et al. 2016).

    Call arguments:
        inputs: embedded source `(batch, source_length, width)`.
        mask: boolean `(batch, source_length)`, true at real positions.

    Output:
        Memory `(batch, length, units)`, whose length is the source's, halved and rounded up `pyramid` times; and final
        states `(batch, units)`: the cell's states of the first layer, of the second, and so on.
    """

    def __init__(
        self,
        units: int,
        layers: int = 1,
        cell: str = "lstm",
        bidirectional: bool = True,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        residual: bool = False,
        layer_norm: bool = False,
        pyramid: int = 0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.own_config = {
            "units": units,
            "layers": layers,
            "cell": cell,
            "bidirectional": bidirectional,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "residual": residual,
            "layer_norm": layer_norm,
            "pyramid": pyramid,
        }
        self.units = units
        self.residual = residual
        self.pyramid = pyramid
        self.states = layers * CELLS[cell].states
        width = units // 2 if bidirectional else units
        self.forward_layers, self.backward_layers = (
            [
                Recurrent(width, cell, backwards, dropout=recurrent_dropout, name=f"{direction}_{index}")
                for index in range(count)
            ]
            for direction, backwards, count in (
                ("forward", False, layers),
                ("backward", True, layers if bidirectional else 0),
            )
        )
        norms = layers - 1 if layer_norm else 0
        self.norms = [keras.layers.LayerNormalization(name=f"norm_{index}") for index in range(norms)]
        # Time is the first axis: the mask is the same for all positions.
        self.dropout = keras.layers.Dropout(dropout, noise_shape=(1, None, None))

    def build(self, inputs_shape: tuple, mask_shape: tuple | None = None) -> None:
        for layers in (self.forward_layers, self.backward_layers):
            for index, layer in enumerate(layers):
                layer.build((*inputs_shape[:2], self._width(index)) if index else inputs_shape)
        for index, norm in enumerate(self.norms, start=1):
            norm.build((*inputs_shape[:2], self._width(index)))

    def call(self, inputs: Tensor, mask: Tensor, training: bool = False) -> tuple[Tensor, States]:
        # Time-major from here on; the narrow ends are transposed, not what is between.
        outputs, mask, finals = swap(inputs), swap(mask), []
        for index, forward in enumerate(self.forward_layers):
            if 0 < index <= self.pyramid:
                outputs, mask = _halve(outputs, mask)
            below = inputs = outputs
            if index:
                inputs = self.norms[index - 1](inputs) if self.norms else inputs
                inputs = self.dropout(inputs, training=training)
            outputs, states = forward(inputs, mask, training=training)
            if self.backward_layers:
                reverse_outputs, reverse_states = self.backward_layers[index](inputs, mask, training=training)
                outputs = ops.concatenate([outputs, reverse_outputs], axis=-1)
                states = [ops.concatenate(pair, axis=-1) for pair in zip(states, reverse_states, strict=True)]
            if self.residual and index > self.pyramid:
                outputs = outputs + below
            finals += states
        return swap(outputs), finals

    def compute_output_shape(self, inputs_shape: tuple, mask_shape: tuple | None = None) -> tuple[tuple, list[tuple]]:
        batch, length = inputs_shape[:2]
        for _ in range(self.pyramid if length else 0):
            length = -(-length // 2)
        return (batch, length, self.units), [(batch, self.units)] * self.states

    def _width(self, index: int) -> int:
        """What a layer but the first reads at a time."""
        return 2 * self.units if index <= self.pyramid else self.units

    def get_config(self) -> dict:
        return super().get_config() | self.own_config


def _halve(outputs: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Puts two neighbours in the place of one: outputs `(length, batch, units)`, and their mask, of half the length.

    Behind a last position without a neighbour come zeros, in a padded batch, too.
    """
    outputs = ops.where(ops.expand_dims(mask, -1), outputs, 0.0)
    odd = tf.shape(mask)[0] % 2
    outputs = tf.pad(outputs, tf.stack([tf.stack([0, odd]), [0, 0], [0, 0]]))
    return ops.concatenate([outputs[0::2], outputs[1::2]], axis=-1), mask[0::2]
