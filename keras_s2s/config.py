"""The settings of a model: typed and validated."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Share = Annotated[float, Field(ge=0.0, lt=1.0)]


class Settings(BaseModel):
    """Base of all settings: unknown keys are errors, values are checked when set and cannot change afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelConfig(Settings):
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
    def _directions_share_units(self) -> "ModelConfig":
        if self.bidirectional and self.units % 2:
            raise ValueError(f"units must be even for a bidirectional encoder, not {self.units}")
        return self
