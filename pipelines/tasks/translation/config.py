"""The settings of a translation run."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from keras_s2s.config import Positive, Seq2SeqModelConfig, Settings, Share
from pipelines.config import FitConfig, RunConfig


class TokenizerConfig(Settings):
    """Tokenizer settings.

    Attributes:
        type: algorithm of SentencePiece.
        size: vocabulary size per language; for word and char the maximum.
        joint: one vocabulary for both languages.
        coverage: fraction of the characters of the text in the vocabulary; rarer ones become UNK.
        normalization: SentencePiece's rule for text before tokenization; `_cf`: lower case.
    """

    type: Literal["unigram", "bpe", "word", "char"] = "unigram"
    size: Annotated[int, Field(ge=5, le=1_000_000)] = 8000
    joint: bool = False
    coverage: Annotated[float, Field(gt=0.9, le=1.0)] = 0.9995
    normalization: Literal["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "identity"] = "nmt_nfkc"


class TranslationTrainConfig(FitConfig):
    """Training settings of translation.

    Attributes:
        batch_tokens: batch size in target tokens, padding included.
        weights: sampling weight of each --train corpus, in their order; empty: 1 for all.
        max_length: maximum sentence length in tokens, with EOS; longer pairs are skipped and counted.
        label_smoothing: fraction of the target probability that is spread over the vocabulary.
        sampling: scheduled sampling: schedule of the fraction of sampled tokens; needs a second pass over each target.
        sampling_rate: scheduled sampling: final fraction of sampled tokens.
        sampling_steps: scheduled sampling: training steps until this fraction.
        precision: mixed precision of matrix products; `auto`: bfloat16 on GPUs and on processors that are faster with
            it. Everything else, also the saved weights, is float32.
        teacher: word-level distillation: a run; its tokenizers are used.
        teacher_share: word-level distillation: fraction of the loss.
        monitor: validation metric that selects the weights: loss or BLEU.
    """

    batch_tokens: Positive = 2000
    weights: tuple[Annotated[float, Field(gt=0.0)], ...] = ()
    max_length: Annotated[int, Field(ge=4, le=1000)] = 80
    label_smoothing: Share = 0.1
    sampling: Literal["none", "linear", "exponential", "inverse_sigmoid"] = "none"
    sampling_rate: Share = 0.25
    sampling_steps: Positive = 5000
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    teacher: str = ""
    teacher_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
    monitor: Literal["loss", "bleu"] = "bleu"

    @model_validator(mode="after")
    def _a_teacher_reads_what_is_written(self) -> "TranslationTrainConfig":
        if self.teacher and self.sampling != "none":
            raise ValueError("train.sampling must be none with train.teacher: the teacher reads the references")
        return self


class TranslationConfig(RunConfig):
    """All settings of a translation run."""

    model: Seq2SeqModelConfig = Seq2SeqModelConfig()
    tokenizer: TokenizerConfig = TokenizerConfig()
    train: TranslationTrainConfig = TranslationTrainConfig()
