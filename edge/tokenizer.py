"""SentencePiece on the device: the same file, and the same ids, as inside TensorFlow."""

import functools
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import sentencepiece

from edge.errors import UserError
from edge.features import COLUMN, is_feature, split_features
from edge.unspaced import is_unspaced

# IDs of the special tokens, the same in every tokenizer of the package.
PAD, UNK, BOS, EOS = range(4)


class Tokenizer:
    """Converts text to tokens and back.

    Features stand behind a text, see `edge.features`; each is one token. A tokenizer without features reads a tab as
    white space.

    Args:
        path: a SentencePiece model file.

    Attributes:
        has_features: whether the model was trained with features.

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
        # Features come first, as control symbols: SentencePiece never finds one in a text.
        self.has_features = len(self) > EOS + 1 and is_feature(processor.id_to_piece(EOS + 1))

    def __len__(self) -> int:
        """Return the vocabulary size in tokens."""
        return self._processor.get_piece_size()

    def encode(self, text: str) -> list[int]:
        """Return the token IDs of a text and its features, with EOS.

        Any `str` will do: what UTF-8 cannot express (half of a surrogate pair) counts as a question mark.
        """
        text, features = self.split(text)
        return [*self._processor.encode(_valid(text)), *self.ids(features), EOS]

    def cut(self, text: str, ids: Sequence[int], longest: int) -> list[int]:
        """Return at most `longest` IDs of a text: of too many, the last ones of the text itself are removed."""
        features = len(self.split(text)[1])
        last = len(ids) - 1 - features
        behind = ids[last:-1][: longest - 1]
        return [*ids[:last][: longest - 1 - len(behind)], *behind, EOS]

    def split(self, text: str) -> tuple[str, list[str]]:
        """Return the text itself, and the tokens of its features, known or not."""
        return split_features(text) if self.has_features else (text, [])

    def surfaces(self, text: str) -> list[str]:
        """Return the tokens of a text as in the normalized text, also those that become UNK; a space is `▁`.

        Features follow as words of their own.
        """
        text, features = self.split(text)
        words = [f"▁{feature.lstrip(COLUMN)}" for feature in features]
        return [*self._processor.encode(_valid(text), out_type=str), *words]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the text of token IDs; special tokens have none."""
        return self._processor.decode([int(index) for index in ids])

    def settled(self, text: str) -> str:
        """Return the beginning of a decoded text that no further token changes."""
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

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """Return tokens as strings; a space is `▁`."""
        return [self._processor.id_to_piece(int(index)) for index in ids]

    def ids(self, tokens: Sequence[str]) -> list[int]:
        """Return the IDs of tokens that are given as strings, as `tokens` returns them."""
        return [self._processor.piece_to_id(_valid(token)) for token in tokens]

    @functools.cached_property
    def scores(self) -> list[float]:
        """The score of each token: its log probability; for BPE its negative rank."""
        return [self._processor.get_score(index) for index in range(len(self))]

    @functools.cached_property
    def spellings(self) -> list[str]:
        """Text of each token, with `▁` for a space; special tokens, also UNK, have none."""
        return ["" if token <= EOS else text for token, text in enumerate(self.tokens(range(len(self))))]

    @functools.cached_property
    def begins_word(self) -> list[bool]:
        """Whether each token begins a word, or is one of a script without spaces, or stands between words."""
        return [token not in self.continuing for token in range(len(self))]

    @functools.cached_property
    def continuing(self) -> frozenset[int]:
        """The tokens that continue the word before them: their text begins with a letter, a mark of one, or a number.

        Of a script without spaces no token does.
        """
        begins = ((token, text[:1]) for token, text in enumerate(self.spellings) if text)
        return frozenset(
            token for token, first in begins if unicodedata.category(first)[0] in "LMN" and not is_unspaced(first)
        )


def _valid(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
