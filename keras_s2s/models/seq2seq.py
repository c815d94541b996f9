"""The sequence-to-sequence network as three functional models on the same layers."""

from dataclasses import dataclass

import keras

from keras_s2s.config import ModelConfig
from keras_s2s.layers.bridge import Bridge
from keras_s2s.layers.decoder import Decoder, DecoderStep
from keras_s2s.layers.dense import Dense
from keras_s2s.layers.embedding import ScaledEmbedding
from keras_s2s.layers.encoder import RecurrentEncoder
from keras_s2s.layers.mask import PaddingMask
from keras_s2s.layers.objective import Objective
from keras_s2s.layers.parallel import Parallel
from keras_s2s.layers.sampling import SecondPass


@dataclass(frozen=True)
class Seq2Seq:
    """Four views of one network. Weights trained in one are the others' weights.

    Attributes:
        training: `{source (batch, source_length), target (batch, target_length)}`, both int32 and padded with 0, the
            target shifted right, to logits `(batch, target_length, target_vocabulary)`.
        encoder: `{source}` to `{memory, keys, mask, state_0, ...}`; memory and keys `(batch, source_length, units)`,
            mask float32 `(batch, source_length)`, 1 at real positions, and states `(batch, units)`.
        step: `{token (batch,), memory, keys, mask, state_0, ...}`, all but the token as the encoder returns it, to
            `{logits (batch, target_vocabulary), state_0, ..., attention (batch, source_length)}`. Memory, keys, mask
            and attention are absent without attention.
        readout: as `step`, but with the readout `(batch, embedding)` in place of the logits that are made of it.
    """

    training: keras.Model
    encoder: keras.Model
    step: keras.Model
    readout: keras.Model

    @classmethod
    def of(cls, training: keras.Model) -> "Seq2Seq":
        """Finds the other two views in a training model, for example a loaded one.

        Args:
            training: a model made by `build_seq2seq`, or loaded from where one was saved.
        """
        step = _step_of(training)
        readout = step.get_layer("decoder_step").output[0]
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
        parts: int = 1,
        sampling: bool = False,
        teacher: keras.Model | None = None,
        teacher_share: float = 0.5,
    ) -> keras.Model:
        """A fifth view, to train with: quicker than the first one with a loss on its logits, and the same in result.

        Args:
            label_smoothing: share of the target probability spread evenly over the vocabulary.
            parts: of a batch that run side by side; `machine.spread_over_cores` says how many.
            sampling: let the decoder read some of its own predictions, see `SecondPass`.
            teacher: the training view of another network of the same vocabularies, whose distribution of each token is
                learned beside the label, see `Objective`. It stays as it is.
            teacher_share: how much of the loss that is.

        Returns:
            `{source, target, labels}`, labels `(batch, target_length)` padded with 0, to the sums of
            `keras_s2s.layers.objective.Objective`. It is compiled with `MeanObjective`, `ObjectivePerplexity` and
            `ObjectiveAccuracy`.
        """
        source, target = (self.training.get_layer(name).output for name in ("source", "target"))
        labels = keras.Input((None,), dtype="int32", name="labels")
        decoder, embedding = (self.training.get_layer(name) for name in ("decoder", "target_embedding"))
        readout = decoder.output
        if sampling:
            names = [layer.name for layer in self.training.layers]
            dropouts = [name for name in ("target_embedding_dropout", "target_dropout") if name in names]
            second = SecondPass(embedding, map(self.training.get_layer, dropouts), decoder, name="sampling")
            readout = second(readout, target, _read_by_decoder(self.training))
        taught = _readout_of(teacher)({"source": source, "target": target}, training=False) if teacher else None
        predicts = teacher.get_layer("target_embedding") if teacher else None
        sums = Objective(embedding, label_smoothing, predicts, teacher_share, name="objective")(readout, labels, taught)
        inputs = {"source": source, "target": target, "labels": labels}
        model = keras.Model(inputs, sums, name="objective")
        if parts == 1:
            return model
        return keras.Model(inputs, Parallel(model, parts, name="parts")(inputs), name="objective")


def build_seq2seq(config: ModelConfig, source_vocabulary: int, target_vocabulary: int, joint: bool = False) -> Seq2Seq:
    """Builds the network.

    Args:
        config: its settings.
        source_vocabulary: number of source pieces.
        target_vocabulary: number of target pieces.
        joint: both are one vocabulary; with `config.tied` source and target then share their embedding.
    """
    target_embedding = ScaledEmbedding(target_vocabulary, config.embedding, config.tied, name="target_embedding")
    shared = joint and config.tied
    source_embedding = (
        target_embedding if shared else ScaledEmbedding(source_vocabulary, config.embedding, name="source_embedding")
    )
    source = keras.Input((None,), dtype="int32", name="source")
    mask = PaddingMask(name="mask")(source)
    embedded = _drop(source_embedding(source), config, "source")
    stack = {
        "layers": config.layers,
        "cell": config.cell,
        "dropout": config.dropout,
        "recurrent_dropout": config.recurrent_dropout,
        "residual": config.residual,
        "layer_norm": config.layer_norm,
    }
    encoder = RecurrentEncoder(config.units, bidirectional=config.bidirectional, name="encoder", **stack)
    memory, finals = encoder(embedded, mask)
    states = Bridge(config.units, context=config.attention != "none", name="bridge")(finals)
    read = []
    if config.attention != "none":
        if config.layer_norm:
            memory = keras.layers.LayerNormalization(name="memory_norm")(memory)
        keys = Dense(config.units, use_bias=False, name="keys")(memory)
        read = [memory, keys, mask]

    target = keras.Input((None,), dtype="int32", name="target")
    embedded = _drop(target_embedding(target), config, "target")
    decoder = Decoder(config.units, config.embedding, attention=config.attention, name="decoder", **stack)
    readout = decoder(embedded, states, *read)
    logits = target_embedding(readout, reverse=True)
    return Seq2Seq.of(keras.Model({"source": source, "target": target}, logits, name="seq2seq"))


def _drop(embedded: keras.KerasTensor, config: ModelConfig, side: str) -> keras.KerasTensor:
    """Embeddings `(batch, length, embedding)` with some of their values zero, and some of the pieces altogether."""
    if config.embedding_dropout:
        whole = keras.layers.Dropout(config.embedding_dropout, (None, None, 1), name=f"{side}_embedding_dropout")
        embedded = whole(embedded)
    return keras.layers.Dropout(config.dropout, name=f"{side}_dropout")(embedded)


def _readout_of(teacher: keras.Model) -> keras.Model:
    """A training view up to its readout, that learns nothing more."""
    teacher.trainable = False
    inputs = {name: teacher.get_layer(name).output for name in ("source", "target")}
    return keras.Model(inputs, teacher.get_layer("decoder").output, trainable=False, name="teacher")


def _read_by_decoder(training: keras.Model) -> list:
    """Initial states and, with attention, memory, keys and mask."""
    read = [training.get_layer("bridge").output]
    if training.get_layer("decoder").attention:
        keys = training.get_layer("keys")
        read += [keys.input, keys.output, training.get_layer("mask").output]
    return read


def _encoder_of(training: keras.Model) -> keras.Model:
    states = keras.tree.flatten(training.get_layer("bridge").output)
    outputs = {f"state_{index}": state for index, state in enumerate(states)}
    if training.get_layer("decoder").attention:
        keys = training.get_layer("keys")
        mask = keras.ops.cast(training.get_layer("mask").output, "float32")
        outputs |= {"memory": keys.input, "keys": keys.output, "mask": mask}
    return keras.Model({"source": training.get_layer("source").output}, outputs, name="encode")


def _step_of(training: keras.Model) -> keras.Model:
    decoder, embedding = training.get_layer("decoder"), training.get_layer("target_embedding")
    token = keras.Input((), dtype="int32", name="token")
    count = len(keras.tree.flatten(training.get_layer("bridge").output))
    states = [keras.Input((decoder.units,), name=f"state_{index}") for index in range(count)]
    inputs = {"token": token} | {state.name: state for state in states}
    read = []
    if decoder.attention:
        memory, keys = (keras.Input((None, decoder.units), name=name) for name in ("memory", "keys"))
        mask = keras.Input((None,), name="mask")
        inputs |= {"memory": memory, "keys": keys, "mask": mask}
        read = [memory, keys, mask > 0]
    readout, states, *attention = DecoderStep(decoder, name="decoder_step")(embedding(token), states, *read)
    outputs = {"logits": embedding(readout, reverse=True)}
    outputs |= {f"state_{index}": state for index, state in enumerate(states)}
    if attention:
        outputs["attention"] = attention[0]
    return keras.Model(inputs, outputs, name="decode_step")
