"""Sequence-to-sequence networks in Keras 3: models, losses, export.

Importing this package registers its classes, so that `keras.saving.load_model` loads what was saved.
"""

from keras_s2s.config import ModelConfig
from keras_s2s.losses import MaskedCrossEntropy, MeanObjective
from keras_s2s.metrics import ObjectiveAccuracy, ObjectivePerplexity, Perplexity, TokenAccuracy
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.optimizers import FusedAdam
from keras_s2s.schedules import WarmupInverseSquareRoot
from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer

__all__ = [
    "FusedAdam",
    "GraphTokenizer",
    "MaskedCrossEntropy",
    "MeanObjective",
    "ModelConfig",
    "ObjectiveAccuracy",
    "ObjectivePerplexity",
    "Perplexity",
    "Seq2Seq",
    "TokenAccuracy",
    "WarmupInverseSquareRoot",
    "build_seq2seq",
    "train_tokenizer",
]
