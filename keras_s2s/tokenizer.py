"""SentencePiece: trained from text, and run inside the graph by tensorflow-text."""

import functools
import hashlib
import io
import re
from collections.abc import Iterable
from pathlib import Path

import sentencepiece
import tensorflow as tf
import tensorflow_text
from sentencepiece.sentencepiece_model_pb2 import ModelProto  # type: ignore[attr-defined]  # made at run time

from edge.errors import UserError
from edge.tokenizer import BOS, EOS, PAD, UNK, Tokenizer
from keras_s2s.tensors import Tensor

# A sample of this many sentences makes the same vocabulary as all of them, and fits into memory.
SAMPLE = 1_000_000

# PAD, UNK, BOS and EOS, and one token of text.
_SMALLEST = 5


class VocabularySizeError(UserError):
    """The text does not allow a vocabulary of the size asked for.

    Attributes:
        least: tokens needed at least, one per character; None if it is not known.
        most: tokens that the text allows at most; None if it is not known.
    """

    def __init__(self, message: str, least: int | None = None, most: int | None = None):
        super().__init__(message)
        self.least = least
        self.most = most


def train_tokenizer(
    sentences: Iterable[str],
    path: Path,
    kind: str = "unigram",
    size: int = 8000,
    coverage: float = 0.9995,
    normalization: str = "nmt_nfkc",
    size_is_limit: bool = False,
) -> int:
    """Trains a SentencePiece model and writes it to a file.

    Args:
        sentences: one text per sentence; a large corpus is sampled. They are read again if the size has to be lowered.
        path: where the model goes.
        kind: `unigram` (Kudo 2018), `bpe` (Sennrich et al. 2016), `word` or `char`.
        size: number of tokens, control tokens included. For words and characters the most: there may be fewer.
        coverage: fraction of the text's characters that become tokens; the rest are unknown.
        normalization: SentencePiece's rule for text before tokenization; `identity` leaves it as it is.
        size_is_limit: where the text allows fewer tokens than `size`, the vocabulary is smaller; else it is an error.

    Returns:
        The number of tokens.

    Raises:
        VocabularySizeError: the text does not allow a vocabulary of this size.
        UserError: there is no text.
    """
    train = functools.partial(_train, kind=kind, coverage=coverage, normalization=normalization)
    try:
        model = train(sentences, size, exact=kind in ("unigram", "bpe"))
    except VocabularySizeError as error:
        if not size_is_limit or error.most is None:
            raise
        model = train(sentences, size, exact=False)
    path.write_bytes(_without_ties(model) if kind == "unigram" else model)
    return len(Tokenizer(path))


def least_vocabulary(sentences: Iterable[str], kind: str, coverage: float, normalization: str) -> int:
    """The fewest tokens that a text allows: one for each character, and the control tokens.

    Args:
        sentences, kind, coverage, normalization: as for `train_tokenizer`.

    Raises:
        UserError: there is no text.
    """
    try:
        _train(sentences, _SMALLEST, kind=kind, coverage=coverage, normalization=normalization, exact=False)
    except VocabularySizeError as error:
        return error.least or _SMALLEST
    return _SMALLEST


def most_vocabulary(sentences: Iterable[str], size: int, kind: str, coverage: float, normalization: str) -> int:
    """The most tokens that a text allows, as far as `size`.

    Args:
        sentences, kind, coverage, normalization: as for `train_tokenizer`.
        size: no less than `least_vocabulary`.

    Raises:
        UserError: there is no text.
    """
    model = _train(sentences, size, kind=kind, coverage=coverage, normalization=normalization, exact=False)
    return sentencepiece.SentencePieceProcessor(model_proto=model).get_piece_size()


def _train(
    sentences: Iterable[str], size: int, *, kind: str, coverage: float, normalization: str, exact: bool
) -> bytes:
    """A SentencePiece model, of the exact size or of at most that size."""
    model = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(sentences),
            model_writer=model,
            model_type=kind,
            vocab_size=size,
            character_coverage=coverage,
            normalization_rule_name=normalization,
            pad_id=PAD,
            unk_id=UNK,
            bos_id=BOS,
            eos_id=EOS,
            input_sentence_size=SAMPLE,
            shuffle_input_sentence=True,
            hard_vocab_limit=exact,
            minloglevel=2,
        )
    except RuntimeError as error:
        raise _explanation(str(error), size) from error
    return model.getvalue()


def _without_ties(model: bytes) -> bytes:
    """Mark tokens as unused that repeat a shorter string (`00`, `!!!`): a text then has one tokenization only.

    Cutting `000` into `00 0` and into `0 00` is equally probable, and the sentencepiece package breaks such ties
    otherwise than tensorflow-text does. Two strings that can be swapped like this are powers of a common string. A
    unused token keeps its ID.
    """
    proto = ModelProto()
    proto.ParseFromString(model)
    kinds = ModelProto.SentencePiece
    for piece in proto.pieces:
        # A string is a power of a shorter one exactly if it occurs inside its own double, the ends left off.
        if piece.type == kinds.NORMAL and piece.piece in (2 * piece.piece)[1:-1]:
            piece.type = kinds.UNUSED
    return proto.SerializeToString()


def _explanation(message: str, size: int) -> UserError:
    if found := re.search(r"value <= (\d+)", message):
        most = int(found[1])
        advice = f"--set tokenizer.size={most}"
        return VocabularySizeError(f"tokenizer.size is {size}, but the text allows at most {most}: {advice}", most=most)
    if found := re.search(r"smaller than required_chars. \d+ vs (\d+)", message):
        least = int(found[1])
        return VocabularySizeError(
            f"tokenizer.size is {size}, but the text's characters alone need {least}: use a larger one", least=least
        )
    if "sentences_.empty()" in message:
        return UserError("SentencePiece has no text to train on: the sentences are empty, or longer than 4,192 bytes")
    reason = message.strip().splitlines()[-1]
    return UserError(f"SentencePiece cannot make a vocabulary of tokenizer.size {size} ({reason})")


class GraphTokenizer:
    """A SentencePiece model as TensorFlow operators.

    Args:
        path: the model file.

    Attributes:
        module: what a SavedModel has to keep of it.
        device: the same, as the device has it.
    """

    def __init__(self, path: str | Path):
        # The device's tokenizer says what is wrong with a file; tensorflow-text's errors name none.
        self.device = Tokenizer(path)
        model = Path(path).read_bytes()
        # Loaded from a SavedModel, tokenizers of one name are one: the second one would have the first one's tokens.
        name = f"sentencepiece_{hashlib.sha256(model).hexdigest()[:16]}"
        self.module = tensorflow_text.SentencepieceTokenizer(model, add_eos=True, name=name)

    def encode(self, texts: Tensor, longest: int | None = None) -> tf.RaggedTensor:
        """Texts `(batch,)` to token IDs int32 `(batch, length)`, EOS included.

        Args:
            texts: the texts.
            longest: sentences of more tokens are truncated.
        """
        ids = self.module.tokenize(texts)
        return ids if longest is None else self.cut(ids, longest)

    @staticmethod
    def cut(ids: tf.RaggedTensor, longest: int) -> tf.RaggedTensor:
        """Truncate sentences to `longest` tokens; the last one is EOS, as on the device."""
        return tf.concat([ids[:, :-1][:, : longest - 1], ids[:, -1:]], axis=1)

    def decode(self, ids: Tensor) -> Tensor:
        """Token IDs int32 `(batch, length)`, padded with 0, to texts `(batch,)`."""
        return self.module.detokenize(tf.RaggedTensor.from_tensor(ids, padding=PAD))
