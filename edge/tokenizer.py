"""SentencePiece on the device: the same file, and the same ids, as inside TensorFlow."""

import functools
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from edge.errors import UserError

# IDs of the special tokens, the same in every tokenizer of the package.
PAD, UNK, BOS, EOS = range(4)


class Tokenizer:
    """Converts text to tokens and back.

    Args:
        path: a SentencePiece model file.

    Raises:
        UserError: the file is not a SentencePiece model, or its special tokens are not those of this package.
    """

    def __init__(self, path: str | Path):
        try:
            self._processor = sentencepiece.SentencePieceProcessor(model_proto=Path(path).read_bytes())
        except (OSError, RuntimeError) as error:
            raise UserError(f"{path}: cannot be read as a SentencePiece model ({error})") from error
        processor = self._processor
        control = [processor.pad_id(), processor.unk_id(), processor.bos_id(), processor.eos_id()]
        if control != [PAD, UNK, BOS, EOS]:
            raise UserError(
                f"{path}: PAD, UNK, BOS and EOS have the IDs {control}, not 0, 1, 2, 3; use a tokenizer of keras-s2s"
            )

    def __len__(self) -> int:
        """Return the vocabulary size in tokens."""
        return self._processor.get_piece_size()

    def encode(self, text: str) -> list[int]:
        """Return the token IDs of a text, with EOS.

        Any `str` will do: what UTF-8 cannot express (half of a surrogate pair) counts as a question mark.
        """
        return [*self._processor.encode(_valid(text)), EOS]

    def surfaces(self, text: str) -> list[str]:
        """Return the tokens of a text as in the normalized text, also those that become UNK; a space is `▁`."""
        return self._processor.encode(_valid(text), out_type=str)

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token IDs; special tokens have none."""
        return self._processor.decode([int(index) for index in ids])

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """Return tokens as strings; a space is `▁`."""
        return [self._processor.id_to_piece(int(index)) for index in ids]

    def ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the IDs of tokens that are given as strings, as `tokens` returns them."""
        return [self._processor.piece_to_id(token) for token in tokens]

    @functools.cached_property
    def scores(self) -> list[float]:
        """The score of each token: its log probability; for BPE its negative rank."""
        return [self._processor.get_score(index) for index in range(len(self))]

    @functools.cached_property
    def spellings(self) -> list[str]:
        """Text of each token, with `▁` for a space; special tokens, also UNK, have none."""
        return ["" if token <= EOS else text for token, text in enumerate(self.tokens(range(len(self))))]


def cut(ids: Sequence[int], longest: int) -> Sequence[int]:
    """Truncate a sentence to `longest` tokens; the last one is EOS."""
    return ids if len(ids) <= longest else [*ids[: longest - 1], EOS]


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
