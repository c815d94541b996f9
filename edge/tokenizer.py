"""SentencePiece on the device: the same file, and the same ids, as inside TensorFlow."""

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from edge.errors import UserError
from edge.features import COLUMN, is_feature, split_features

# Ids of the control pieces, the same in every tokenizer of the package.
PAD, UNK, BOS, EOS = range(4)


class Tokenizer:
    """Text to pieces and back.

    Features stand behind a text, see `edge.features`; each is one piece. A tokenizer without features reads a tab as
    white space.

    Args:
        path: a SentencePiece model file.

    Attributes:
        has_features: whether the model was trained with features.

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
        # Features come first, as control pieces: SentencePiece never finds one in a text.
        self.has_features = len(self) > EOS + 1 and is_feature(processor.id_to_piece(EOS + 1))

    def __len__(self) -> int:
        """The number of pieces."""
        return self._processor.get_piece_size()

    def encode(self, text: str) -> list[int]:
        """Ids of a text's pieces and features, with the end symbol.

        Any `str` will do: what UTF-8 cannot express (half of a surrogate pair) counts as a question mark.
        """
        text, features = self.split(text)
        return [*self._processor.encode(_valid(text)), *self.ids(features), EOS]

    def cut(self, text: str, ids: Sequence[int], longest: int) -> list[int]:
        """The ids of a text, of which the last ones of the text itself are left out where there are too many."""
        features = len(self.split(text)[1])
        last = len(ids) - 1 - features
        behind = ids[last:-1][: longest - 1]
        return [*ids[:last][: longest - 1 - len(behind)], *behind, EOS]

    def split(self, text: str) -> tuple[str, list[str]]:
        """The text itself, and the pieces of its features, known or not."""
        return split_features(text) if self.has_features else (text, [])

    def surfaces(self, text: str) -> list[str]:
        """What each of a text's pieces is in the normalized text, unknown ones included; a space is `▁`.

        Features follow as words of their own.
        """
        text, features = self.split(text)
        words = [f"▁{feature.lstrip(COLUMN)}" for feature in features]
        return [*self._processor.encode(_valid(text), out_type=str), *words]

    def decode(self, ids: Sequence[int]) -> str:
        """The text of piece ids; control pieces have none."""
        return self._processor.decode([int(index) for index in ids])

    def settled(self, text: str) -> str:
        """The beginning of a decoded text that no further piece changes."""
        # The first bytes of a character decode to this until the last one is there.
        text = text.rstrip("\ufffd")
        if not self._composes:
            return text
        last = next((place for place in reversed(range(len(text))) if not unicodedata.combining(text[place])), 0)
        return text[:last]

    @functools.cached_property
    def _composes(self) -> bool:
        """Whether a letter and the marks behind it are decoded to one character, and letters of Hangul to syllables."""
        return self._processor.decode(["e", "\u0301"]) == "é"

    def pieces(self, ids: Sequence[int]) -> list[str]:
        """The pieces themselves, a space shown as `▁`."""
        return [self._processor.id_to_piece(int(index)) for index in ids]

    def ids(self, pieces: Sequence[str]) -> list[int]:
        """Ids of pieces, as `pieces` shows them."""
        return [self._processor.piece_to_id(_valid(piece)) for piece in pieces]

    @functools.cached_property
    def scores(self) -> list[float]:
        """The score of each piece: its log probability in a unigram, word or character model, its rank in a BPE one."""
        return [self._processor.get_score(index) for index in range(len(self))]

    @functools.cached_property
    def spellings(self) -> list[str]:
        """Text of each piece, a space shown as `▁`; the unknown and the control pieces have none."""
        return ["" if piece <= EOS else text for piece, text in enumerate(self.pieces(range(len(self))))]


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
