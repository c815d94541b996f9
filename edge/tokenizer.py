"""SentencePiece on the device: the same file, and the same ids, as inside TensorFlow."""

import functools
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from edge.errors import UserError

# Ids of the control pieces, the same in every tokenizer of the package.
PAD, UNK, BOS, EOS = range(4)


class Tokenizer:
    """Text to pieces and back.

    Args:
        path: a SentencePiece model file.

    Raises:
        UserError: the file is not a SentencePiece model, or its control pieces are not those of this package.
    """

    def __init__(self, path: str | Path):
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=Path(path).read_bytes())
        except (OSError, RuntimeError) as error:
            raise UserError(f"{path}: cannot be read as a SentencePiece model ({error})") from error
        processor = self._processor
        control = [processor.pad_id(), processor.unk_id(), processor.bos_id(), processor.eos_id()]
        if control != [PAD, UNK, BOS, EOS]:
            raise UserError(f"{path}: padding, unknown, begin and end pieces have the ids {control}, not 0 to 3")

    def __len__(self) -> int:
        """The number of pieces."""
        return self._processor.get_piece_size()

    def encode(self, text: str) -> list[int]:
        """Ids of a text's pieces, with the end symbol.

        Any `str` will do: what UTF-8 cannot express (half of a surrogate pair) counts as a question mark.
        """
        return [*self._processor.encode(_valid(text)), EOS]

    def surfaces(self, text: str) -> list[str]:
        """What each of a text's pieces is in the normalized text, unknown ones included; a space is `▁`."""
        return self._processor.encode(_valid(text), out_type=str)

    def decode(self, ids: Sequence[int]) -> str:
        """The text of piece ids; control pieces have none."""
        return self._processor.decode([int(index) for index in ids])

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The pieces themselves, a space shown as `▁`."""
        return [self._processor.id_to_piece(int(index)) for index in ids]

    def ids(self, pieces: Sequence[str]) -> list[int]:
        """Ids of pieces, as `pieces` shows them."""
        return [self._processor.piece_to_id(piece) for piece in pieces]

    @functools.cached_property
    def scores(self) -> list[float]:
        """The score of each piece: its log probability in a unigram, word or character model, its rank in a BPE one."""
        return [self._processor.get_score(index) for index in range(len(self))]

    @functools.cached_property
    def spellings(self) -> list[str]:
        """Text of each piece, a space shown as `▁`; the unknown and the control pieces have none."""
        return ["" if piece <= EOS else text for piece, text in enumerate(self.tokens(range(len(self))))]


def cut(ids: Sequence[int], longest: int) -> Sequence[int]:
    """A sentence of more than `longest` pieces loses what stands before its end symbol."""
    return ids if len(ids) <= longest else [*ids[: longest - 1], EOS]


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
