"""The settings of a speech run."""

from typing import Annotated, Literal

from pydantic import Field

from keras_s2s.config import AudioConfig, Positive, Seq2SeqModelConfig, Settings, Share
from keras_s2s.layers.subsampling import FACTOR
from keras_s2s.sources.audio import TAIL
from pipelines.config import RunConfig
from pipelines.data.sound_augment import SoundAugment
from pipelines.tasks.seq2seq_config import Seq2SeqTrainConfig


class TranscriptTokenizerConfig(Settings):
    """How transcripts are split into tokens.

    Attributes:
        type: SentencePiece's algorithm; with `char` each character is a token.
        size: vocabulary size, at most: a text that does not allow as many tokens gets a smaller one.
        coverage: fraction of the characters of the text that become tokens; rarer ones are unknown.
        normalization: SentencePiece's rule for text before it is split; those with `_cf` lower-case it.
    """

    type: Literal["char", "unigram", "bpe"] = "char"
    size: Annotated[int, Field(ge=5, le=100_000)] = 1000
    coverage: Annotated[float, Field(ge=0.98, le=1.0)] = 1.0
    normalization: Literal["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "identity"] = "nmt_nfkc"


class SpeechModelConfig(Seq2SeqModelConfig):
    """A sequence-to-sequence network for speech: the defaults are those of recipe `speech`."""

    attention: Literal["bahdanau", "luong", "location", "none"] = "location"
    units: Annotated[int, Field(ge=2, le=8192)] = 384
    embedding: Annotated[int, Field(ge=1, le=8192)] = 128
    layers: Annotated[int, Field(ge=1, le=16)] = 2
    decoder_layers: Annotated[int, Field(ge=0, le=16)] = 1
    dropout: Share = 0.3


class SpeechTrainConfig(Seq2SeqTrainConfig):
    """How a speech network is trained.

    Attributes:
        batch_seconds: seconds of sound in a batch, padding included.
        max_seconds: longest recording; longer ones are skipped, and counted. It is also the longest sound that a
            bundle reads at once.
        max_length: longest transcript in tokens, EOS included; longer ones are skipped, and counted.
        ctc_weight: fraction of the loss that is CTC's (Watanabe et al. 2017); 0 trains without CTC.
        epoch_minutes: minutes of sound in an epoch, at least: a small data set comes several times in an epoch.
        monitor: what selects the weights: validation loss, WER or CER.
    """

    batch_seconds: Annotated[float, Field(gt=0.0, le=3600.0)] = 40.0
    max_seconds: Annotated[float, Field(gt=0.0, le=120.0)] = 20.0
    max_length: Annotated[int, Field(ge=4, le=1000)] = 300
    ctc_weight: Share = 0.3
    epoch_minutes: Annotated[float, Field(ge=0.0)] = 60.0
    learning_rate: Annotated[float, Field(gt=0.0, le=1.0)] = 0.003
    warmup: Positive = 300
    average: Share = 0.99
    monitor: Literal["loss", "wer", "cer"] = "cer"
    patience: Annotated[int, Field(ge=0)] = 20


class SpeechConfig(RunConfig):
    """All settings of a speech run."""

    audio: AudioConfig = AudioConfig()
    model: SpeechModelConfig = SpeechModelConfig()
    tokenizer: TranscriptTokenizerConfig = TranscriptTokenizerConfig()
    augment: SoundAugment = SoundAugment()
    train: SpeechTrainConfig = SpeechTrainConfig()

    @property
    def position_samples(self) -> int:
        """Samples between two positions of the memory."""
        return FACTOR * self.audio.hop * 2**self.model.pyramid

    @property
    def max_samples(self) -> int:
        """The longest sound that the network reads at once."""
        return round(self.train.max_seconds * self.audio.rate)

    def positions(self, samples: int) -> int:
        """Number of positions of the memory for a recording, by its number of samples."""
        return -(-(-(-samples // (FACTOR * self.audio.hop)) + TAIL) // 2**self.model.pyramid)
