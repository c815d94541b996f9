"""Sequence-to-sequence networks in Keras 3: models, losses, export.

Importing this package registers its classes, so that `keras.saving.load_model` loads what was saved.
"""

from keras_s2s.config import SegmentationModelConfig, Seq2SeqModelConfig
from keras_s2s.losses import MaskedCrossEntropy, MeanObjective
from keras_s2s.mask_losses import CrossEntropyDice, Focal, Tversky
from keras_s2s.mask_metrics import MaskDice, MaskIoU
from keras_s2s.metrics import ObjectiveAccuracy, ObjectivePerplexity, Perplexity, TokenAccuracy
from keras_s2s.models.segmentation import build_segmentation
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from keras_s2s.optimizers import FusedAdam
from keras_s2s.schedules import WarmupInverseSquareRoot
from keras_s2s.sources.tokens import TokenSource
from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer

__all__ = [
    "CrossEntropyDice",
    "Focal",
    "FusedAdam",
    "GraphTokenizer",
    "MaskDice",
    "MaskIoU",
    "MaskedCrossEntropy",
    "MeanObjective",
    "ObjectiveAccuracy",
    "ObjectivePerplexity",
    "Perplexity",
    "SegmentationModelConfig",
    "Seq2Seq",
    "Seq2SeqModelConfig",
    "TokenAccuracy",
    "TokenSource",
    "Tversky",
    "WarmupInverseSquareRoot",
    "build_segmentation",
    "build_seq2seq",
    "train_tokenizer",
]
