"""The settings of a translation run."""

from typing import Annotated, Any, Literal, NamedTuple, TypeVar

from pydantic import Discriminator, Field, Tag, model_validator

from keras_s2s.config import Positive, Seq2SeqModelConfig, Settings, Share
from pipelines.config import RunConfig
from pipelines.tasks.seq2seq_config import Seq2SeqTrainConfig

SIDES = ("source", "target")

T = TypeVar("T")


def _form(value: Any) -> str:
    return "pair" if isinstance(value, list | tuple) else "one"


# A value for both sides, or one each: `[source, target]`.
PerSide = Annotated[Annotated[T, Tag("one")] | Annotated[tuple[T, T], Tag("pair")], Discriminator(_form)]


class SideConfig(NamedTuple):
    """How the text of one side is tokenized; as `TokenizerConfig`."""

    type: str
    size: int
    coverage: float
    normalization: str


class TokenizerConfig(Settings):
    """Tokenizer settings; all but `joint` take one value, or a pair: `[source, target]`.

    Attributes:
        type: algorithm of SentencePiece; `auto`: if a side is symbols that are separated by spaces, for example sounds,
            these symbols as they are (`word`, normalization `identity`, coverage 1), else `char`.
        size: vocabulary size per language, without features; for word and char the maximum.
        joint: one vocabulary for both languages.
        coverage: fraction of the characters of the text in the vocabulary; rarer ones become UNK.
        normalization: rule for text before tokenization. `nfkc` folds forms of characters, `_cf` lowers case, `nfd`
            splits letters from their accents and Hangul syllables into letters (translations are composed again: NFC),
            `identity` changes nothing.
    """

    type: PerSide[Literal["unigram", "bpe", "word", "char", "auto"]] = "unigram"
    size: PerSide[Annotated[int, Field(ge=5, le=1_000_000)]] = 8000
    joint: bool = False
    coverage: PerSide[Annotated[float, Field(ge=0.98, le=1.0)]] = 0.9995
    normalization: PerSide[Literal["nmt_nfkc", "nfkc", "nmt_nfkc_cf", "nfkc_cf", "nfd", "identity"]] = "nmt_nfkc"

    @model_validator(mode="after")
    def _a_joint_vocabulary_is_made_in_one_way(self) -> "TokenizerConfig":
        if self.joint and self.side("source") != self.side("target"):
            raise ValueError("tokenizer.joint must be false where another tokenizer setting differs between the sides")
        return self

    def side(self, side: str) -> SideConfig:
        """Return the settings of `source` or `target`."""
        place = SIDES.index(side)
        values = (getattr(self, key) for key in SideConfig._fields)
        return SideConfig(*(value[place] if isinstance(value, tuple) else value for value in values))


class TranslationTrainConfig(Seq2SeqTrainConfig):
    """Training settings of translation.

    Attributes:
        batch_tokens: batch size in target tokens, padding included.
        weights: sampling weight of each --train corpus, in their order; empty: 1 for all.
        max_length: maximum sentence length in tokens, with EOS; longer pairs are skipped and counted.
        sampling: scheduled sampling: schedule of the fraction of sampled tokens; needs a second pass over each target.
        sampling_rate: scheduled sampling: final fraction of sampled tokens.
        sampling_steps: scheduled sampling: training steps until this fraction.
        carry: fraction of the pairs with equal numbers, URLs, placeholders and the like in which these are reserved
            symbols, so that the model learns to copy them; 0: the tokenizers have no such symbols. Also half of that
            fraction of the pairs with equal names, and a tenth of it of the others, with a symbol added.
        scores: metrics of validation, evaluation and reports: `sentences`: BLEU and chrF; `words`: error rates of words
            and of their symbols.
        monitor: validation metric that selects the weights: `loss`, `exact`, of sentences `bleu` or `chrf`, of words
            `wer` or `cer`.
    """

    batch_tokens: Positive = 2000
    weights: tuple[Annotated[float, Field(gt=0.0)], ...] = ()
    max_length: Annotated[int, Field(ge=4, le=1000)] = 80
    sampling: Literal["none", "linear", "exponential", "inverse_sigmoid"] = "none"
    sampling_rate: Share = 0.25
    sampling_steps: Positive = 5000
    carry: Share = 0.5
    scores: Literal["sentences", "words"] = "sentences"
    monitor: Literal["loss", "exact", "bleu", "chrf", "wer", "cer"] = "bleu"

    @model_validator(mode="after")
    def _a_score_is_monitored(self) -> "TranslationTrainConfig":
        allowed = ("loss", "exact", *(("wer", "cer") if self.scores == "words" else ("bleu", "chrf")))
        if self.monitor not in allowed:
            raise ValueError(f"train.monitor {self.monitor}: train.scores {self.scores} has {', '.join(allowed)}")
        return self

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
