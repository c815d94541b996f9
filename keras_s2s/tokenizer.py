"""SentencePiece: trained from text, and run inside the graph by tensorflow-text."""

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


def train_tokenizer(
    sentences: Iterable[str],
    path: Path,
    kind: str = "unigram",
    size: int = 8000,
    coverage: float = 0.9995,
    normalization: str = "nmt_nfkc",
) -> None:
    """Trains a SentencePiece model and writes it to a file.

    Args:
        sentences: text, a sentence each; a large corpus is sampled.
        path: where the model goes.
        kind: `unigram` (Kudo 2018), `bpe` (Sennrich et al. 2016), `word` or `char`.
        size: number of pieces, control pieces included. For words and characters the most: there may be fewer.
        coverage: share of the text's characters that become pieces; the rest are unknown.
        normalization: SentencePiece's rule for text before it is cut; `identity` leaves it as it is.

    Raises:
        UserError: the text does not allow a vocabulary of this size.
    """
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
            hard_vocab_limit=kind in ("unigram", "bpe"),
            minloglevel=2,
        )
    except RuntimeError as error:
        raise UserError(_explanation(str(error), size)) from error
    path.write_bytes(_without_ties(model.getvalue()) if kind == "unigram" else model.getvalue())


def _without_ties(model: bytes) -> bytes:
    """Retires pieces that repeat a shorter string (`00`, `!!!`): text has to be cut in one way only.

    Cutting `000` into `00 0` and into `0 00` is equally probable, and the sentencepiece package breaks such ties
    otherwise than tensorflow-text does. Two strings that can be swapped like this are powers of a common string. A
    retired piece keeps its id and is never used.
    """
    proto = ModelProto()
    proto.ParseFromString(model)
    kinds = ModelProto.SentencePiece
    for piece in proto.pieces:
        # A string is a power of a shorter one exactly if it occurs inside its own double, the ends left off.
        if piece.type == kinds.NORMAL and piece.piece in (2 * piece.piece)[1:-1]:
            piece.type = kinds.UNUSED
    return proto.SerializeToString()


def _explanation(message: str, size: int) -> str:
    if found := re.search(r"value <= (\d+)", message):
        return f"tokenizer.size is {size}, but the text allows at most {found[1]}: --set tokenizer.size={found[1]}"
    if found := re.search(r"smaller than required_chars. \d+ vs (\d+)", message):
        return f"tokenizer.size is {size}, but the text's characters alone need {found[1]}: use a larger one"
    reason = message.strip().splitlines()[-1]
    return f"SentencePiece cannot make a vocabulary of tokenizer.size {size} ({reason})"


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
        # Loaded from a SavedModel, tokenizers of one name are one: the second one would have the first one's pieces.
        name = f"sentencepiece_{hashlib.sha256(model).hexdigest()[:16]}"
        self.module = tensorflow_text.SentencepieceTokenizer(model, add_eos=True, name=name)

    def encode(self, texts: Tensor, longest: int | None = None) -> tf.RaggedTensor:
        """Texts `(batch,)` to piece ids int32 `(batch, length)`, end symbol included.

        Args:
            texts: the texts.
            longest: sentences of more pieces are cut.
        """
        ids = self.module.tokenize(texts)
        return ids if longest is None else self.cut(ids, longest)

    @staticmethod
    def cut(ids: tf.RaggedTensor, longest: int) -> tf.RaggedTensor:
        """Sentences of more than `longest` pieces lose what stands before their end symbol, as on the device."""
        return tf.concat([ids[:, :-1][:, : longest - 1], ids[:, -1:]], axis=1)

    def decode(self, ids: Tensor) -> Tensor:
        """Piece ids int32 `(batch, length)`, padded with 0, to texts `(batch,)`."""
        return self.module.detokenize(tf.RaggedTensor.from_tensor(ids, padding=PAD))
