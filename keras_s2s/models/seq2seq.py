"""The sequence-to-sequence network as functional models on the same layers."""

from dataclasses import dataclass
from typing import Any

import keras

from edge.search.ctc import LOG_ZERO
from edge.search.step import CTC
from keras_s2s import names
from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.layers.bridge import Bridge
from keras_s2s.layers.ctc import CtcObjective
from keras_s2s.layers.decoder import Decoder, DecoderStep
from keras_s2s.layers.dense import Dense
from keras_s2s.layers.embedding import ScaledEmbedding
from keras_s2s.layers.encoder import RecurrentEncoder
from keras_s2s.layers.mask import HalvedMask
from keras_s2s.layers.objective import Objective
from keras_s2s.layers.parallel import Parallel
from keras_s2s.layers.sampling import SecondPass
from keras_s2s.sources.source import Source
from keras_s2s.sources.tokens import drop


@dataclass(frozen=True)
class Seq2Seq:
    """Functional Keras models that share one set of weights.

    Attributes:
        training: the source's inputs, and `target`, int32 `(batch, target_length)`, shifted right and padded with 0,
            to logits `(batch, target_length, target_vocabulary)`; with CTC to `{logits, ctc}`, of which ctc are logits
            `(batch, length, target_vocabulary)` of the memory's positions.
        encoder: the source's inputs to `{memory, keys, mask, state_0, ...}`; memory and keys `(batch, length, units)`,
            mask float32 `(batch, length)`, 1 at real positions, and states `(batch, units)`; also `alignment`, a state
            `(batch, length)`, if the attention reads it, and `ctc`, log probabilities `(batch, length,
            target_vocabulary)`, with CTC.
        step: `{token (batch,), memory, keys, mask, state_0, ...}`, all but the token as the encoder returns it, to
            `{logits (batch, target_vocabulary), state_0, ..., attention (batch, length)}`. Memory, keys, mask and
            attention are absent without attention.
        readout: as `step`, but with the readout `(batch, embedding)` in place of the logits that are made of it.
    """

    training: keras.Model
    encoder: keras.Model
    step: keras.Model
    readout: keras.Model

    @classmethod
    def of(cls, training: keras.Model) -> "Seq2Seq":
        """Finds the other views in a training view, for example a loaded one.

        Args:
            training: a model made by `build_seq2seq`, or loaded from where one was saved.
        """
        step = _step_of(training)
        readout = step.get_layer(names.DECODER_STEP).output[0]
        outputs = {name: output for name, output in step.output.items() if name != "logits"}
        return cls(
            training,
            _encoder_of(training),
            step,
            keras.Model(step.input, {"readout": readout, **outputs}, name="decode_readout"),
        )

    def objective(
        self,
        label_smoothing: float = 0.0,
        slices: int = 1,
        sampling: bool = False,
        teacher: keras.Model | None = None,
        teacher_share: float = 0.5,
        ctc_weight: float = 0.0,
    ) -> keras.Model:
        """Builds a view to train with: the result is that of `training` with a loss on its logits, but it is faster.

        Args:
            label_smoothing: fraction of the target probability spread evenly over the vocabulary.
            slices: of a batch that are computed in parallel; `machine.spread_over_cores` returns how many.
            sampling: let the decoder read some of its own predictions, see `SecondPass`.
            teacher: the training view of another network of the same vocabularies, whose distribution of each token is
                learned beside the label, see `Objective`. It stays as it is.
            teacher_share: how much of the loss that is.
            ctc_weight: fraction of the loss that is CTC's, of a network with CTC.

        Returns:
            The inputs of `training`, and `labels`, `(batch, target_length)` padded with 0, to the sums of
            `keras_s2s.layers.objective.Objective`. It is compiled with `MeanObjective`, `ObjectivePerplexity` and
            `ObjectiveAccuracy`.
        """
        labels = keras.Input((None,), dtype="int32", name=names.LABELS)
        inputs = {**self.training.input, names.LABELS: labels}
        target = inputs[names.TARGET]
        decoder, embedding = (self.training.get_layer(name) for name in (names.DECODER, names.TARGET_EMBEDDING))
        readout = decoder.output
        if sampling:
            known = [layer.name for layer in self.training.layers]
            dropouts = [name for name in (names.TARGET_EMBEDDING_DROPOUT, names.TARGET_DROPOUT) if name in known]
            second = SecondPass(embedding, list(map(self.training.get_layer, dropouts)), decoder, name=names.SAMPLING)
            readout = second(readout, target, _read_by_decoder(self.training))
        taught = predicts = None
        if teacher:
            taught = _readout_of(teacher)({name: inputs[name] for name in teacher.input}, training=False)
            predicts = teacher.get_layer(names.TARGET_EMBEDDING)
        objective = Objective(embedding, label_smoothing, predicts, teacher_share, name=names.OBJECTIVE)
        totals = objective(readout, labels, taught)
        if ctc_weight:
            logits = self.training.get_layer(names.CTC).output
            totals = CtcObjective(ctc_weight, name=names.CTC_OBJECTIVE)(totals, logits, _mask(self.training), labels)
        model = keras.Model(inputs, totals, name="objective")
        if slices == 1:
            return model
        return keras.Model(inputs, Parallel(model, slices, name=names.SLICES)(inputs), name="objective")


def build_seq2seq(config: Seq2SeqModelConfig, source: Source, target_vocabulary: int, ctc: bool = False) -> Seq2Seq:
    """Builds the network.

    Args:
        config: its settings.
        source: what the encoder reads, for example a `TokenSource`.
        target_vocabulary: number of target tokens.
        ctc: with a layer that predicts the target from the memory alone, for connectionist temporal classification.

    Raises:
        ValueError: source and target share an embedding, but not the size of their vocabularies.
    """
    if source.shared and source.shared.input_dim != target_vocabulary:
        raise ValueError(f"{source.shared.input_dim} source and {target_vocabulary} target tokens cannot share vectors")
    target_embedding = source.shared or ScaledEmbedding(
        target_vocabulary, config.embedding, config.tied, name=names.TARGET_EMBEDDING
    )
    stack: dict[str, Any] = {
        "cell": config.cell,
        "dropout": config.dropout,
        "recurrent_dropout": config.recurrent_dropout,
        "residual": config.residual,
        "layer_norm": config.layer_norm,
    }
    encoder = RecurrentEncoder(
        config.units,
        config.layers,
        bidirectional=config.bidirectional,
        pyramid=config.pyramid,
        name=names.ENCODER,
        **stack,
    )
    memory, finals = encoder(source.embedded, source.mask)
    mask = HalvedMask(config.pyramid, name=names.MEMORY_MASK)(source.mask) if config.pyramid else source.mask
    decoder_layers = config.decoder_layers or config.layers
    decoder = Decoder(
        config.units, config.embedding, decoder_layers, attention=config.attention, name=names.DECODER, **stack
    )
    # A decoder with fewer layers begins with what the encoder's last ones have found.
    finals = finals[-decoder_layers * decoder.cell.states :]
    if decoder.reads_alignment:
        states = Bridge(config.units, context=True, alignment=True, name=names.BRIDGE)(finals, mask)
    else:
        states = Bridge(config.units, context=config.attention != "none", name=names.BRIDGE)(finals)
    read = []
    if config.attention != "none":
        if config.layer_norm:
            memory = keras.layers.LayerNormalization(name=names.MEMORY_NORM)(memory)
        keys = Dense(config.units, use_bias=False, name=names.KEYS)(memory)
        read = [memory, keys, mask]

    target = keras.Input((None,), dtype="int32", name=names.TARGET)
    embedded = drop(target_embedding(target), config, names.TARGET_EMBEDDING_DROPOUT, names.TARGET_DROPOUT)
    readout = decoder(embedded, states, *read)
    outputs = target_embedding(readout, reverse=True)
    if ctc:
        outputs = {"logits": outputs, "ctc": Dense(target_vocabulary, name=names.CTC)(memory)}
    return Seq2Seq.of(keras.Model({**source.inputs, names.TARGET: target}, outputs, name="seq2seq"))


def _readout_of(teacher: keras.Model) -> keras.Model:
    """A training view up to its readout, that learns nothing more."""
    teacher.trainable = False
    return keras.Model(teacher.input, teacher.get_layer(names.DECODER).output, trainable=False, name="teacher")


def _read_by_decoder(training: keras.Model) -> list:
    """Initial states and, with attention, memory, keys and mask."""
    read = [training.get_layer(names.BRIDGE).output]
    if training.get_layer(names.DECODER).attention:
        keys = training.get_layer(names.KEYS)
        read += [keys.input, keys.output, _mask(training)]
    return read


def _mask(training: keras.Model) -> keras.KerasTensor:
    """The mask of the memory."""
    known = [layer.name for layer in training.layers]
    return training.get_layer(names.MEMORY_MASK if names.MEMORY_MASK in known else names.MASK).output


def _state_names(decoder: Decoder, count: int) -> list[str]:
    """The names of a decoder's states in signatures."""
    if decoder.reads_alignment:
        return [*(f"state_{index}" for index in range(count - 1)), "alignment"]
    return [f"state_{index}" for index in range(count)]


def _encoder_of(training: keras.Model) -> keras.Model:
    states, *read = _read_by_decoder(training)
    states = keras.tree.flatten(states)
    outputs = dict(zip(_state_names(training.get_layer(names.DECODER), len(states)), states, strict=True))
    if read:
        memory, keys, mask = read
        outputs |= {"memory": memory, "keys": keys, "mask": keras.ops.cast(mask, "float32")}
    if isinstance(training.output, dict):
        logits = training.output["ctc"]
        # Certain blanks at padding: whoever reads them does not need the mask.
        blank = keras.ops.convert_to_tensor([0.0, *[LOG_ZERO] * (logits.shape[-1] - 1)])
        real = keras.ops.expand_dims(_mask(training), -1)
        outputs[CTC] = keras.ops.where(real, keras.ops.log_softmax(logits), blank)
    inputs = {name: tensor for name, tensor in training.input.items() if name != names.TARGET}
    return keras.Model(inputs, outputs, name="encode")


def _step_of(training: keras.Model) -> keras.Model:
    decoder, embedding = (training.get_layer(name) for name in (names.DECODER, names.TARGET_EMBEDDING))
    token = keras.Input((), dtype="int32", name="token")
    initial = keras.tree.flatten(training.get_layer(names.BRIDGE).output)
    state_names = _state_names(decoder, len(initial))
    states = [keras.Input(state.shape[1:], name=name) for name, state in zip(state_names, initial, strict=True)]
    inputs = {"token": token} | {state.name: state for state in states}
    read = []
    if decoder.attention:
        memory, keys = (keras.Input((None, decoder.units), name=name) for name in ("memory", "keys"))
        mask = keras.Input((None,), name="mask")
        inputs |= {"memory": memory, "keys": keys, "mask": mask}
        read = [memory, keys, mask > 0]
    readout, states, *attention = DecoderStep(decoder, name=names.DECODER_STEP)(embedding(token), states, *read)
    outputs = {"logits": embedding(readout, reverse=True)}
    outputs |= dict(zip(state_names, states, strict=True))
    if attention:
        outputs["attention"] = attention[0]
    return keras.Model(inputs, outputs, name="decode_step")
