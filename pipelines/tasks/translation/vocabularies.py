"""The tokenizers of a translation run: one file a side, or one for both."""

import functools
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from edge.features import COLUMN, split_features
from edge.stand_ins import SYMBOLS
from edge.tokenizer import UNK, Tokenizer
from keras_s2s.tokenizer import (
    GraphTokenizer,
    VocabularySizeError,
    least_vocabulary,
    most_vocabulary,
    train_tokenizer,
)
from pipelines.data.pairs import PairReader
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.translation.config import SIDES, SideConfig, TranslationConfig
from pipelines.tasks.translation.symbols import count_symbols

# Feature symbols, at most: more are a column of text.
MOST_FEATURES = 10_000


class Vocabularies:
    """Source and target side's tokenizers, trained or taken over once, and then read.

    Args:
        run: whose they are.

    Attributes:
        files: of `source` and `target`; a joint one is the same file.
    """

    def __init__(self, run: Run):
        assert isinstance(run.config, TranslationConfig)
        self.settings = run.config.tokenizer
        self._train = run.config.train
        joint = self.settings.joint
        self.files = {side: run.file("tokenizer.model" if joint else f"{side}.model") for side in SIDES}

    def train(self, pairs: PairReader, size_is_limit: bool = False) -> None:
        """Trains them on pairs.

        Args:
            pairs: the text.
            size_is_limit: `tokenizer.size` is what a recipe has, not what the user gave: a text that does not allow as
                many tokens gets a smaller vocabulary, and the log says so.

        Raises:
            UserError: the text does not allow the vocabulary asked for; or there are too many features.
        """
        log("training the tokenizers")
        texts: dict[Path, _Text] = {}
        for side, file in self.files.items():
            texts.setdefault(file, _Text(pairs, self.settings.side(side))).sides.append(side)
        symbols = SYMBOLS if self._are_sentences(pairs, list(texts.values())) else ()
        for file, text in texts.items():
            options, size = text.options, text.settings.size
            features = _features(pairs) if SIDES[0] in text.sides else []
            try:
                reached = train_tokenizer(
                    text, file, size=size, size_is_limit=size_is_limit, features=features, symbols=symbols, **options
                )
            except VocabularySizeError as error:
                raise _no_such_size(list(texts.values())) from error
            if reached < size and options["kind"] in ("unigram", "bpe"):
                log(f"tokenizer.size: {size} is more than the {text} text allows; lowered to {reached} tokens")

    def _are_sentences(self, pairs: PairReader, texts: Sequence["_Text"]) -> bool:
        """Whether the pairs are text of which some is carried over."""
        if not self._train.carry or self._train.scores == "words" or any(each.features for each in pairs.columns):
            return False
        return all(text.options["kind"] in ("unigram", "bpe") for text in texts)

    @functools.cached_property
    def have_symbols(self) -> bool:
        """Whether both know reserved symbols."""
        return all(UNK not in tokenizer.ids(SYMBOLS) for tokenizer in self.tokenizers)

    def take_over(self, other: "Vocabularies") -> None:
        """Copies another run's.

        Raises:
            UserError: they are joint, and these are not, or the other way round.
            OSError: a file cannot be read or written.
        """
        if other.settings.joint != self.settings.joint:
            raise UserError(f"tokenizer.joint: is {self.settings.joint}, but not of the run that tokenizers come from")
        for mine, others in zip(self.files.values(), other.files.values(), strict=True):
            shutil.copyfile(others, mine)

    def same_as(self, other: "Vocabularies") -> bool:
        """Whether both tokenize text in the same way."""
        pairs = zip(self.files.values(), other.files.values(), strict=True)
        try:
            return all(one.read_bytes() == another.read_bytes() for one, another in pairs)
        except FileNotFoundError:
            # A joint one, and one a side.
            return False

    @functools.cached_property
    def tokenizers(self) -> tuple[Tokenizer, Tokenizer]:
        """Of the source and of the target, as the device has them."""
        return Tokenizer(self.files["source"]), Tokenizer(self.files["target"])

    def in_graph(self) -> tuple[GraphTokenizer, GraphTokenizer]:
        """Of the source and of the target, as TensorFlow has them."""
        return GraphTokenizer(self.files["source"]), GraphTokenizer(self.files["target"])


def same_tokenizers(run: Run, other: Run) -> bool:
    """Return whether two runs tokenize text in the same way."""
    return Vocabularies(run).same_as(Vocabularies(other))


def _no_such_size(texts: list["_Text"]) -> UserError:
    """What to say where texts do not allow their sizes: with sizes that they allow, if there are any."""
    size = max(text.settings.size for text in texts)
    fewest = [least_vocabulary(text, **text.options) for text in texts]
    largest = [most_vocabulary(text, size=max(size, *fewest), **text.options) for text in texts]
    if len({text.settings.size for text in texts}) > 1:
        ranges = zip(texts, fewest, largest, strict=True)
        allowed = [min(max(text.settings.size, low), high) for text, low, high in ranges]
        return UserError(
            f"tokenizer.size is {', '.join(f'{text.settings.size} for the {text}' for text in texts)}, which the text "
            f"does not allow: --set tokenizer.size={str(allowed).replace(' ', '')}"
        )
    least, most = max(fewest), min(largest)
    if least > most:
        each = "; ".join(f"{text}: {low} to {high}" for text, low, high in zip(texts, fewest, largest, strict=True))
        return UserError(
            f"tokenizer.size is {size}, but the pairs are too few for any size that suits both sides (tokens of "
            f"{each}): --set tokenizer.type=char, or train on more pairs"
        )
    if size > most:
        return UserError(f"tokenizer.size is {size}, but the text allows at most {most}: --set tokenizer.size={most}")
    return UserError(
        f"tokenizer.size is {size}, but the text's characters alone need {least}: --set tokenizer.size={least}"
    )


def _features(pairs: PairReader) -> list[str]:
    """The tokens of the features of all sources, the most frequent first; none if they have no features."""
    if not any(columns.features for columns in pairs.columns):
        return []
    counts = Counter(feature for pair in pairs for feature in split_features(pair.source)[1])
    if len(counts) > MOST_FEATURES:
        columns = ", ".join(sorted({str(columns) for columns in pairs.columns}))
        raise UserError(
            f"{pairs.name}: the feature columns have {len(counts):,} different symbols, more than {MOST_FEATURES:,}; "
            f"choose others than --columns {columns}, or put a semicolon between symbols"
        )
    return sorted(counts, key=lambda feature: (-counts[feature], feature))


class _Text:
    """One or both sides of pairs, without features; may be read several times."""

    def __init__(self, pairs: PairReader, settings: SideConfig):
        self.sides: list[str] = []
        self.settings = settings
        self._pairs = pairs

    def __iter__(self) -> Iterator[str]:
        for side in self.sides:
            for pair in self._pairs:
                yield getattr(pair, side).partition(COLUMN)[0]

    def __str__(self) -> str:
        return " and ".join(self.sides)

    @functools.cached_property
    def options(self) -> dict[str, Any]:
        """What SentencePiece is told, size and features aside."""
        settings = self.settings
        options = {"kind": settings.type, "coverage": settings.coverage, "normalization": settings.normalization}
        if settings.type != "auto":
            return options
        if symbols := count_symbols(self):
            log(f"tokenizer.type: the {self} text is {symbols} symbols separated by spaces: word, not normalized")
            return {"kind": "word", "coverage": 1.0, "normalization": "identity"}
        log(f"tokenizer.type: the {self} text is not symbols separated by spaces: char")
        return {**options, "kind": "char"}
