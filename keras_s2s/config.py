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
        attention: how the decoder reads the source; `none` leaves it the encoder's final states only.
        units: width of memory, keys and states.
        embedding: width of token embeddings and of the readout.
        layers: recurrent layers, in the encoder and in the decoder.
        bidirectional: the encoder reads in both directions, half of the units each.
        dropout: share of activations set to zero in training; between stacked layers the same at all positions.
        recurrent_dropout: the same for the states that a recurrent layer reads, at all positions alike.
        embedding_dropout: share of the pieces whose embedding is zero in training.
        residual: each recurrent layer but the first adds its input to its output.
        layer_norm: normalize what recurrent layers but the first, attention and readout read.
        tied: predict with the target embedding; with a joint vocabulary the source is embedded by it, too.
    """

    cell: Literal["rnn", "gru", "lstm"] = "lstm"
    attention: Literal["bahdanau", "luong", "none"] = "bahdanau"
    units: Annotated[int, Field(ge=2, le=8192)] = 512
    embedding: Annotated[int, Field(ge=1, le=8192)] = 256
    layers: Annotated[int, Field(ge=1, le=16)] = 1
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


class CompressConfig(Settings):
    """What the matrices of a network are held to while it trains; `keras-s2s compress` sets it for a trained one.

    Attributes:
        sparsity: share of each matrix that is zero in the end; 0 for none.
        special: the same for matrices whose path matches a pattern, for example `{"decoder/*": 0.9}`.
        pruning: comes to that sparsity bit by bit, or at once.
        pruned_by: share of the training after which the sparsity is reached.
        block: rows and columns of the blocks that are pruned as a whole.
        pattern: `M:N` for M zeros among each N neighbours, in place of a sparsity.
        clusters: distinct values of each matrix at most; 0 for any.
        centroids: how the first values are found.
        bits: of the integers that weights are rounded to, as `export` will do; 0 for none.
    """

    sparsity: Share = 0.0
    special: dict[str, Share] = {}
    pruning: Literal["polynomial", "constant"] = "polynomial"
    pruned_by: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    block: tuple[Positive, Positive] = (1, 1)
    pattern: Annotated[str, Field(pattern=r"^([1-9]\d?:[1-9]\d?)?$")] = ""
    clusters: Annotated[int, Field(ge=0, le=4096)] = 0
    centroids: Literal["linear", "density", "kmeans", "random"] = "linear"
    bits: Literal[0, 4, 8] = 0


class SegmentationModelConfig(Settings):
    """A segmentation network.

    Attributes:
        encoder: what reads the image; `plain` is the encoder of the original U-Net.
        filters: of the encoder's first stage, each later one has twice as many; resnet50 always has 64.
        skips: the decoder reads the encoder's features of its resolution.
        upsampling: repeat each pixel, or learn what becomes of it (a transposed convolution).
        classes: 1 for a binary mask; more for that many classes, background included.
        channels: of the images, 3 for colour and 1 for grey.
        dropout: share of the coarsest features set to zero in training.
        weights: of the encoder, for resnet50 only: `random`, `imagenet`, or the path of a file of `keras.applications`.
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
