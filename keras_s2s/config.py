"""The settings of a model and of its compression: typed and validated."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, lt=1.0)]
Positive = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """Base of all settings: unknown keys are errors, values are checked when set and cannot change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Seq2SeqModelConfig(Settings):
    """A sequence-to-sequence network.

    Attributes:
        cell: recurrent cell of encoder and decoder.
        attention: how the decoder reads the source; `location` also sees where it has looked before, as sound needs it;
            `none` leaves it the encoder's final states only.
        units: hidden size: of memory, keys and states.
        embedding: embedding size, and size of the readout.
        layers: recurrent layers, in the encoder and in the decoder.
        decoder_layers: recurrent layers of the decoder, at most as many; 0 for as many.
        pyramid: number of encoder layers after the first that halve the length.
        bidirectional: the encoder reads in both directions, half of the units each.
        dropout: dropout rate; between stacked layers one mask for all positions.
        recurrent_dropout: recurrent (variational) dropout rate; one mask per sentence.
        embedding_dropout: dropout rate of whole tokens.
        residual: residual connections around recurrent layers, except the first.
        layer_norm: layer normalization of the inputs of recurrent layers (except the first), attention and readout.
        tied: tie target embedding and output projection; with a joint vocabulary also the source embedding.
    """

    cell: Literal["rnn", "gru", "lstm"] = "lstm"
    attention: Literal["bahdanau", "luong", "location", "none"] = "bahdanau"
    units: Annotated[int, Field(ge=2, le=8192)] = 512
    embedding: Annotated[int, Field(ge=1, le=8192)] = 256
    layers: Annotated[int, Field(ge=1, le=16)] = 1
    decoder_layers: Annotated[int, Field(ge=0, le=16)] = 0
    pyramid: Annotated[int, Field(ge=0, le=4)] = 0
    bidirectional: bool = True
    dropout: Share = 0.2
    recurrent_dropout: Share = 0.0
    embedding_dropout: Share = 0.0
    residual: bool = False
    layer_norm: bool = False
    tied: bool = True

    @model_validator(mode="after")
    def _directions_share_units(self) -> "Seq2SeqModelConfig":
        if self.bidirectional and self.units % 2:
            raise ValueError(f"units must be even for a bidirectional encoder, not {self.units}")
        return self

    @model_validator(mode="after")
    def _layers_suffice(self) -> "Seq2SeqModelConfig":
        if self.decoder_layers > self.layers:
            raise ValueError(
                f"decoder_layers must be at most layers, which is {self.layers}, not {self.decoder_layers}"
            )
        if self.pyramid >= self.layers:
            raise ValueError(f"pyramid must be less than layers, which is {self.layers}, not {self.pyramid}")
        return self


class AudioConfig(Settings):
    """What a network reads of sound: log-mel features.

    Attributes:
        rate: samples a second; other recordings are resampled.
        mels: frequency bands.
        window_ms: what a frame sees, in milliseconds.
        hop_ms: time between frames.
        filters: of the two convolutions that leave a quarter of the frames.
        frequency_masks, frequency_width: bands hidden in training, and mels that each has at most.
        time_masks, time_width: stretches hidden in training, and frames that each has at most.
    """

    rate: Annotated[int, Field(ge=4000, le=48000)] = 16000
    mels: Annotated[int, Field(ge=8, le=256)] = 80
    window_ms: Annotated[float, Field(ge=5.0, le=200.0)] = 25.0
    hop_ms: Annotated[float, Field(ge=2.0, le=100.0)] = 10.0
    filters: Annotated[int, Field(ge=1, le=1024)] = 16
    frequency_masks: Annotated[int, Field(ge=0, le=10)] = 2
    frequency_width: Annotated[int, Field(ge=0, le=256)] = 10
    time_masks: Annotated[int, Field(ge=0, le=10)] = 2
    time_width: Annotated[int, Field(ge=0, le=1000)] = 20

    @model_validator(mode="after")
    def _frames_overlap(self) -> "AudioConfig":
        if self.window_ms < self.hop_ms:
            raise ValueError(f"window_ms must be at least hop_ms, which is {self.hop_ms:g}, not {self.window_ms:g}")
        return self

    @model_validator(mode="after")
    def _frequencies_remain(self) -> "AudioConfig":
        if self.frequency_width >= self.mels:
            raise ValueError(
                f"frequency_width must be less than mels, which is {self.mels}, not {self.frequency_width}"
            )
        return self

    @property
    def window(self) -> int:
        """What a frame sees, in samples."""
        return round(self.rate * self.window_ms / 1000)

    @property
    def hop(self) -> int:
        """Time between frames, in samples."""
        return round(self.rate * self.hop_ms / 1000)


class CompressConfig(Settings):
    """Compression settings that apply during training; `keras-s2s compress` sets them for a trained network.

    Attributes:
        sparsity: fraction of zero weights per matrix at the end; 0: off.
        special: sparsity per matrix, by path pattern, for example `{"decoder/*": 0.9}`.
        pruning: pruning schedule: polynomial (cubic: fast at first), or constant (from the first step).
        pruned_from: fraction of the training after which pruning begins; until then the network is dense.
        pruned_by: fraction of the training after which the sparsity is reached.
        block: rows and columns of the blocks that are pruned as a whole.
        pattern: `M:N` structured sparsity: M zeros in every N consecutive weights; replaces `sparsity`.
        clusters: weight clustering: maximum number of distinct values per matrix; 0: off.
        centroids: cluster centroid initialization.
        bits: quantization-aware training: bit width of the weights; 0: off.
    """

    sparsity: Share = 0.0
    special: dict[str, Share] = {}
    pruning: Literal["polynomial", "constant"] = "polynomial"
    pruned_from: Share = 0.25
    pruned_by: Annotated[float, Field(gt=0.0, le=1.0)] = 0.6
    block: tuple[Positive, Positive] = (1, 1)
    pattern: Annotated[str, Field(pattern=r"^([1-9]\d?:[1-9]\d?)?$")] = ""
    clusters: Annotated[int, Field(ge=0, le=4096)] = 0
    centroids: Literal["linear", "density", "kmeans", "random"] = "linear"
    bits: Literal[0, 4, 8] = 0

    @property
    def prunes(self) -> bool:
        """Whether weights become zero."""
        return bool(self.sparsity or self.special or self.pattern)

    @model_validator(mode="after")
    def _pruning_takes_time(self) -> "CompressConfig":
        if self.pruned_from >= self.pruned_by:
            raise ValueError(
                f"compress.pruned_from must be less than compress.pruned_by, not {self.pruned_from} and "
                f"{self.pruned_by}"
            )
        return self


class SegmentationModelConfig(Settings):
    """A segmentation network.

    Attributes:
        encoder: image encoder; `plain` is the encoder of the original U-Net.
        filters: number of filters of the first encoder stage, doubled in each later stage; resnet50 always has 64.
        skips: skip connections.
        upsampling: `nearest`, or `transposed` (transposed convolution).
        classes: 1: binary masks; else the number of classes, background included.
        channels: image channels: 3 (colour) or 1 (grey).
        dropout: dropout rate at the bottleneck.
        weights: initial weights of the encoder resnet50: `random`, `imagenet`, or a file of `keras.applications`.
    """

    encoder: Literal["resnet18", "resnet34", "resnet50", "plain"] = "resnet18"
    filters: Annotated[int, Field(ge=2, le=512)] = 32
    skips: bool = True
    upsampling: Literal["nearest", "transposed"] = "nearest"
    classes: Annotated[int, Field(ge=1, le=254)] = 1
    channels: Literal[1, 3] = 3
    dropout: Share = 0.0
    weights: str = "random"

    @model_validator(mode="after")
    def _weights_fit(self) -> "SegmentationModelConfig":
        if self.weights != "random" and (self.encoder != "resnet50" or self.channels != 3):
            raise ValueError("weights other than random are for the encoder resnet50 with 3 channels")
        return self
