"""What the tokenizers make of pairs: how many are too long, and how many tokens are unknown."""

import itertools
import unicodedata
from collections import Counter
from pathlib import Path

from edge.errors import UserError
from edge.features import is_feature
from edge.tokenizer import UNK, Tokenizer
from keras_s2s.tokenizer import tokenizer_kind
from pipelines.data.pairs import PairReader
from pipelines.log import log
from pipelines.tasks.translation.config import SIDES, SideConfig, TokenizerConfig

# Pairs that are tokenized, of a large data set.
_LOOKED_AT = 200_000

# A model cannot learn what it does not see: more unknown tokens than this fraction deserve a warning.
_MANY = 0.01


def check_tokens(pairs: PairReader, files: dict[str, Path], settings: TokenizerConfig, longest: int) -> None:
    """Log the fraction of unknown tokens of each side, and how many pairs are too long.

    Args:
        pairs: a data set.
        files: the tokenizer of each side.
        settings: of the tokenizers.
        longest: tokens of a side, EOS included.

    Raises:
        UserError: all pairs are too long.
    """
    sides = [_Side(side, Tokenizer(files[side])) for side in SIDES]
    long = looked_at = 0
    for pair in itertools.islice(pairs, _LOOKED_AT):
        looked_at += 1
        long += max([side.add(text) for side, text in zip(sides, pair, strict=True)]) > longest
    if long == looked_at:
        raise UserError(f"{pairs.name}: every pair is longer than train.max_length {longest} tokens: use a larger one")
    log(f"{pairs.name}: unknown tokens (UNK): {', '.join(map(str, sides))}")
    for side in sides:
        if side.unknown > _MANY * side.tokens:
            advice = side.advice(tokenizer_kind(files[side.name]), settings.side(side.name))
            log(f"warning: {pairs.name}: more than {_MANY:.0%} of the {side.name} tokens are unknown: {advice}")
    if long:
        of = "" if looked_at < _LOOKED_AT else f" of the first {looked_at:,}"
        log(f"{pairs.name}: {long:,} pairs{of} are longer than train.max_length {longest} tokens and are skipped")


class _Side:
    """Counts tokens of one side."""

    def __init__(self, name: str, tokenizer: Tokenizer):
        self.name = name
        self.tokens = 0
        self.unknown = 0
        self._tokenizer = tokenizer
        self._texts: Counter[str] = Counter()

    def add(self, text: str) -> int:
        """Count the tokens of a text, and return how many there are, EOS included."""
        ids = self._tokenizer.encode(text)
        self.tokens += len(ids) - 1
        if UNK in ids:
            surfaces = self._tokenizer.surfaces(text)
            self._texts.update(surface for index, surface in zip(ids, surfaces, strict=False) if index == UNK)
            self.unknown += ids.count(UNK)
        return len(ids)

    def advice(self, kind: str, settings: SideConfig) -> str:
        """Return which settings make fewer tokens unknown."""
        features = sum(map(is_feature, self._tokenizer.tokens(range(len(self._tokenizer)))))
        is_full = len(self._tokenizer) - features >= settings.size
        parted = sum(times for text, times in self._texts.items() if unicodedata.normalize("NFD", text) != text)
        wanted = []
        if kind != "word" and settings.normalization != "nfd" and parted > self.unknown / 2:
            wanted.append("--set tokenizer.normalization=nfd, which splits letters from accents, and Hangul syllables")
        if is_full and kind in ("word", "char"):
            wanted.append(f"a tokenizer.size of more than {settings.size}")
        elif settings.coverage < 1:
            wanted.append("--set tokenizer.coverage=1.0")
        examples = " ".join(text.strip("▁") for text, _ in self._texts.most_common(5))
        return f"{'; or '.join(wanted) or 'the training set does not have them'} (the most frequent: {examples})"

    def __str__(self) -> str:
        return f"{self.unknown / max(1, self.tokens):.2%} of {self.tokens:,} in the {self.name}"
