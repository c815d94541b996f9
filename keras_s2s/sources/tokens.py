"""Token ids as a source."""

import keras

from keras_s2s import names
from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.layers.embedding import ScaledEmbedding
from keras_s2s.layers.mask import PaddingMask


class TokenSource:
    """Token ids, int32 `(batch, length)`, padded with 0; see `Source` for the attributes.

    Args:
        config: the network's settings; those of the embedding are read.
        vocabulary: number of tokens.
        joint: source and target have one vocabulary; with `config.tied` they then share their embedding.
    """

    def __init__(self, config: Seq2SeqModelConfig, vocabulary: int, joint: bool = False):
        tokens = keras.Input((None,), dtype="int32", name=names.SOURCE)
        self.inputs = {names.SOURCE: tokens}
        self.mask = PaddingMask(name=names.MASK)(tokens)
        self.shared = None
        if joint and config.tied:
            embedding = self.shared = ScaledEmbedding(vocabulary, config.embedding, name=names.TARGET_EMBEDDING)
        else:
            embedding = ScaledEmbedding(vocabulary, config.embedding, name=names.SOURCE_EMBEDDING)
        self.embedded = drop(embedding(tokens), config, names.SOURCE_EMBEDDING_DROPOUT, names.SOURCE_DROPOUT)


def drop(embedded: keras.KerasTensor, config: Seq2SeqModelConfig, whole: str, single: str) -> keras.KerasTensor:
    """Applies the dropout of the settings to embedded tokens `(batch, length, width)`.

    Args:
        embedded: the tokens.
        config: `embedding_dropout`, of whole tokens, and `dropout`, of single values.
        whole, single: names of the two layers.
    """
    if config.embedding_dropout:
        embedded = keras.layers.Dropout(config.embedding_dropout, (None, None, 1), name=whole)(embedded)
    return keras.layers.Dropout(config.dropout, name=single)(embedded)
