"""The training settings that all sequence-to-sequence tasks have."""

from typing import Annotated, Literal

from pydantic import Field

from keras_s2s.config import Share
from pipelines.config import FitConfig


class Seq2SeqTrainConfig(FitConfig):
    """How a sequence-to-sequence network is trained.

    Attributes:
        label_smoothing: fraction of the target probability that is spread over the vocabulary.
        precision: mixed precision of matrix products; `auto`: bfloat16 on GPUs and on processors that are faster with
            it. Everything else, also the saved weights, is float32.
        teacher: word-level distillation: a run; its tokenizers are used.
        teacher_share: word-level distillation: fraction of the decoder's loss.
    """

    label_smoothing: Share = 0.1
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    teacher: str = ""
    teacher_share: Annotated[float, Field(gt=0.0, le=1.0)] = 0.5
