"""The recurrent decoder, its loop over a whole target and its single step."""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from keras_s2s.layers.attention import ATTENTIONS
from keras_s2s.layers.cells import CELLS, States
from keras_s2s.layers.dense import Dense
from keras_s2s.layers.recurrent import Recurrent
from keras_s2s.layers.scan import scan, swap
from keras_s2s.layers.training_scan import training_scan
from keras_s2s.tensors import Tensor


@keras.saving.register_keras_serializable("keras_s2s")
class Decoder(keras.layers.Layer):
    """A stack of recurrent layers that reads the source through attention.

    A step feeds the embedded token and the previous step's context to the recurrent layers; their output is the
    query of the attention; output and the new context together make the readout, from which the next token is
    predicted. So the query has seen the last token, and input feeding (Luong et al. 2015) passes the context, as in
    GNMT (Wu et al. 2016), which leaves the readout and what follows outside of the loop when the target is known.

    Without attention the initial states are all that the decoder gets of the source.

    Args:
        units: width of states, memory, keys.
        readout: width of the output.
        layers: recurrent layers.
        cell: a key of `CELLS`.
        attention: a key of `ATTENTIONS`, or `"none"`.
        dropout: fraction of the input of each further layer, and of the readout's, set to zero in training.
        recurrent_dropout: of each layer, see `Recurrent`.
        residual: each layer but the first adds its input to its output (He et al. 2016).
        layer_norm: normalize the input of each layer but the first, and the readout's (Ba et al. 2016).

    Call arguments:
        embedded: `(batch, target_length, embedding)`, the target shifted right, BOS first.
        states: initial states, `(batch, units)` each; with attention the context follows those of the cells, and if
            the attention reads it, the alignment `(batch, source_length)`.
        memory, keys, mask: memory and keys `(batch, source_length, units)`, mask boolean `(batch, source_length)`,
            true at real positions; absent without attention.

    Output:
        Readout `(batch, target_length, readout)`.
    """

    def __init__(
        self,
        units: int,
        readout: int,
        layers: int = 1,
        cell: str = "lstm",
        attention: str = "bahdanau",
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        residual: bool = False,
        layer_norm: bool = False,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.own_config = {
            "units": units,
            "readout": readout,
            "layers": layers,
            "cell": cell,
            "attention": attention,
            "dropout": dropout,
            "recurrent_dropout": recurrent_dropout,
            "residual": residual,
            "layer_norm": layer_norm,
        }
        self.units = units
        self.cell = CELLS[cell]
        feed = 0 if attention == "none" else units
        self.recurrent_layers = [
            Recurrent(units, cell, feed=0 if index else feed, dropout=recurrent_dropout, name=f"layer_{index}")
            for index in range(layers)
        ]
        self.residual = residual
        # Of the input of each layer but the first, and of the readout's.
        self.norms = [keras.layers.LayerNormalization(name=f"norm_{i}") for i in range(layers if layer_norm else 0)]
        self.attention = None if attention == "none" else ATTENTIONS[attention](units, name="attention")
        self.readout = Dense(readout, activation="tanh", name="readout")
        self.dropout = keras.layers.Dropout(dropout)

    def build(
        self,
        embedded_shape: tuple,
        states_shape: list[tuple],
        memory_shape: tuple | None = None,
        keys_shape: tuple | None = None,
        mask_shape: tuple | None = None,
    ) -> None:
        state_shape = states_shape[0]
        for index, layer in enumerate(self.recurrent_layers):
            layer.build((*embedded_shape[:2], self.units) if index else embedded_shape)
        if self.attention:
            self.attention.build(state_shape, keys_shape, memory_shape, mask_shape)
        features_shape = (*embedded_shape[:2], self.units * (2 if self.attention else 1))
        for norm in self.norms[:-1]:
            norm.build(state_shape)
        for norm in self.norms[-1:]:
            norm.build(features_shape)
        self.readout.build(features_shape)

    def advance(
        self,
        projected: Tensor,
        states: States,
        memory: Tensor | None = None,
        keys: Tensor | None = None,
        mask: Tensor | None = None,
        input_masks: Sequence[Tensor] = (),
        state_masks: Sequence[Tensor] = (),
    ) -> tuple[States, Tensor | None]:
        """The state of a decoder step that the next step needs.

        Args:
            projected: the embedded token's contribution to the first layer's gates, `(batch, gates * units)`.
            states: as for a call.
            memory, keys, mask: as for a call.
            input_masks: dropout masks `(batch, units)` for the input of each layer but the first.
            state_masks: dropout masks for what each layer reads of the step before. Neither outside of training.

        Returns:
            The next states, and the attention weights `(batch, source_length)` (None without attention).
        """
        fed = states[self.context] if self.attention else None
        after: States = []
        output = projected
        for index, layer in enumerate(self.recurrent_layers):
            below = output
            if index:
                output = self.norms[index - 1](output) if self.norms else output
                output = layer.project(output * input_masks[index - 1] if input_masks else output)
            own = states[len(after) : len(after) + self.cell.states]
            own = layer.advance(output, own, None if index else fed, state_masks[index] if state_masks else None)
            output = own[0] + below if index and self.residual else own[0]
            after += own
        if not self.attention:
            return after, None
        alignment = [states[self.context + 1]] if self.attention.reads_alignment else []
        context, weights = self.attention(output, keys, memory, mask, *alignment)
        return [*after, context, *([weights] if alignment else [])], weights

    def read_in_step(self) -> tuple[list[keras.Variable], list[keras.Variable]]:
        """What `advance` reads: the kernels that it multiplies with, in its order, and the other weights."""
        lowest, *others = self.recurrent_layers
        kernels = [lowest.recurrent_kernel]
        for layer in others:
            kernels += [layer.kernel, layer.recurrent_kernel]
        attention_kernels, attention_weights = self.attention.read_in_step() if self.attention else ([], [])
        norm_weights = [weight for norm in self.norms[:-1] for weight in (norm.gamma, norm.beta)]
        return kernels + attention_kernels, [layer.bias for layer in others] + norm_weights + attention_weights

    @property
    def features(self) -> list[int]:
        """Which states the readout reads: the top layer's output and, with attention, the context."""
        top = self.context - self.cell.states
        return [top, self.context] if self.attention else [top]

    @property
    def reads_alignment(self) -> bool:
        """Whether the last state is the alignment."""
        return self.attention is not None and self.attention.reads_alignment

    @property
    def context(self) -> int:
        """Which state the context is, with attention."""
        return len(self.recurrent_layers) * self.cell.states

    def step(
        self,
        embedded: Tensor,
        states: States,
        memory: Tensor | None = None,
        keys: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, States, Tensor | None]:
        """One step of generation.

        Args:
            embedded: the last token, embedded: `(batch, embedding)`.
            states, memory, keys, mask: as for a call.

        Returns:
            Readout `(batch, readout)`, next states, attention weights `(batch, source_length)` or None.
        """
        states, weights = self.advance(self.recurrent_layers[0].project(embedded), states, memory, keys, mask)
        features = ops.concatenate([states[index] for index in self.features], axis=-1)
        return self._read_out(features), states, weights

    def call(
        self,
        embedded: Tensor,
        states: States,
        memory: Tensor | None = None,
        keys: Tensor | None = None,
        mask: Tensor | None = None,
        training: bool = False,
    ) -> Tensor:
        def step(states: States, slices: list[Tensor], constants: list[Tensor]) -> States:
            keys, mask = constants[:2] if self.attention else (None, None)
            masks = constants[2:] if self.attention else constants
            return self.advance(slices[0], states, memory, keys, mask, masks[:above], masks[above:])[0]

        above = len(self.recurrent_layers) - 1
        constants = [tensor for tensor in (keys, mask) if tensor is not None]
        # Time-major from here on; the narrow ends are transposed, not what is between.
        projected = self.recurrent_layers[0].project(swap(embedded))
        if training:
            # One mask for all steps of a sentence (Gal and Ghahramani 2016): sampled outside of the loop.
            ones = ops.ones_like(states[0])
            constants += [self.dropout(ones, training=True) for _ in range(above)]
            constants += [mask for layer in self.recurrent_layers for mask in layer.dropout_masks(ones)]
            kernels, variables = self.read_in_step()
            kernels += [memory] if self.attention else []
            features, _ = training_scan(step, states, [projected], constants, self.features, kernels, variables)
        else:
            features, _ = scan(step, states, [projected], constants, self.features)
        return swap(self._read_out(ops.concatenate(features, axis=-1), training))

    def _read_out(self, features: Tensor, training: bool = False) -> Tensor:
        """Features `(..., units)`, or twice that, to `(..., readout)`."""
        for norm in self.norms[-1:]:
            features = norm(features)
        return self.readout(self.dropout(features, training=training))

    def compute_output_shape(self, embedded_shape: tuple, *_: tuple, **__: tuple) -> tuple:
        return (*embedded_shape[:2], self.readout.units)

    def get_config(self) -> dict:
        return super().get_config() | self.own_config


@keras.saving.register_keras_serializable("keras_s2s")
class DecoderStep(keras.layers.Layer):
    """A decoder's single step as a layer, so that a functional model can be made of it.

    Args:
        decoder: the decoder, already built; its weights are shared, not copied.

    Call arguments and output:
        Those of `Decoder.step`; the attention weights are absent without attention.
    """

    def __init__(self, decoder: Decoder, **kwargs: Any):
        super().__init__(**kwargs)
        self.decoder = decoder

    def call(
        self,
        embedded: Tensor,
        states: States,
        memory: Tensor | None = None,
        keys: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, States] | tuple[Tensor, States, Tensor]:
        readout, states, weights = self.decoder.step(embedded, states, memory, keys, mask)
        return (readout, states) if weights is None else (readout, states, weights)
