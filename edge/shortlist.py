"""Lexical shortlist: a few hundred likely target tokens per source sentence."""

import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from edge.errors import UserError
from edge.tokenizer import EOS

SHORTLIST = "shortlist.npz"


@dataclass(frozen=True)
class Shortlist:
    """Candidates for the translations of source tokens.

    Attributes:
        always: target tokens that are candidates for every sentence.
        offsets: `(source_vocabulary + 1,)`: where in `tokens` a source token's candidates begin, and its next one's.
        tokens: the candidates.
    """

    always: np.ndarray
    offsets: np.ndarray
    tokens: np.ndarray

    def candidates(self, sources: Iterable[Sequence[int]]) -> np.ndarray:
        """Return the likely target tokens of a batch of sources, ascending, int32, with all special tokens."""
        source_tokens = {token for source in sources for token in source}
        found = [self.tokens[self.offsets[token] : self.offsets[token + 1]] for token in source_tokens]
        return np.unique(np.concatenate([np.arange(EOS + 1), self.always, *found])).astype(np.int32)

    def save(self, path: Path) -> None:
        """Writes the file that `load` reads."""
        always, offsets, tokens = (array.astype(np.int32) for array in (self.always, self.offsets, self.tokens))
        np.savez_compressed(path, always=always, offsets=offsets, tokens=tokens)

    @classmethod
    def load(cls, path: Path, source_vocabulary: int, target_vocabulary: int) -> "Shortlist":
        """Reads a shortlist.

        Args:
            path: the file.
            source_vocabulary, target_vocabulary: what it has to fit.

        Raises:
            UserError: it cannot be read, or does not fit.
        """
        try:
            with np.load(path, allow_pickle=False) as arrays:
                always, offsets, tokens = (arrays[name] for name in ("always", "offsets", "tokens"))
        except (OSError, ValueError, TypeError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise UserError(f"{path}: cannot be read as a shortlist ({error})") from error
        listed = np.concatenate([array.reshape(-1) for array in (always, tokens)])
        fits = (
            all(array.dtype == np.int32 and array.ndim == 1 for array in (always, offsets, tokens))
            and len(offsets) == source_vocabulary + 1
            and (offsets[0], offsets[-1]) == (0, len(tokens))
            and bool((np.diff(offsets) >= 0).all())
            and (not len(listed) or (listed.min() >= 0 and listed.max() < target_vocabulary))
        )
        if not fits:
            raise UserError(
                f"{path}: the shortlist was made for another vocabulary (expected {source_vocabulary} source and "
                f"{target_vocabulary} target tokens); export the bundle again with --shortlist PAIRS"
            )
        return cls(always, offsets, tokens)
