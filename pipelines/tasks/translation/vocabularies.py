"""The tokenizers of a translation run: one file a side, or one for both."""

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edge.errors import UserError
from edge.tokenizer import Tokenizer
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
from pipelines.tasks.translation.config import TranslationConfig


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
        joint = self.settings.joint
        self.files = {side: run.file("tokenizer.model" if joint else f"{side}.model") for side in ("source", "target")}

    def train(self, pairs: PairReader, size_is_limit: bool = False) -> None:
        """Trains them on pairs.

        Args:
            pairs: the text.
            size_is_limit: `tokenizer.size` is what a recipe has, not what the user gave: a text that does not allow as
                many tokens gets a smaller vocabulary, and the log says so.

        Raises:
            UserError: the text does not allow the vocabulary asked for.
        """
        log("training the tokenizers")
        texts: dict[Path, _Text] = {}
        for side, file in self.files.items():
            texts.setdefault(file, _Text(pairs)).sides.append(side)
        size = self.settings.size
        for file, text in texts.items():
            try:
                reached = train_tokenizer(text, file, size=size, size_is_limit=size_is_limit, **self._options)
            except VocabularySizeError as error:
                raise self._no_such_size(list(texts.values())) from error
            if reached < size and self.settings.type in ("unigram", "bpe"):
                log(f"tokenizer.size: {size} is more than the {text} text allows; lowered to {reached} tokens")

    @property
    def _options(self) -> dict[str, Any]:
        settings = self.settings
        return {"kind": settings.type, "coverage": settings.coverage, "normalization": settings.normalization}

    def _no_such_size(self, texts: list["_Text"]) -> UserError:
        """What to say where a text does not allow the size: with a size that all texts allow, if there is one."""
        size = self.settings.size
        fewest = [least_vocabulary(text, **self._options) for text in texts]
        least = max(fewest)
        largest = [most_vocabulary(text, size=max(size, least), **self._options) for text in texts]
        most = min(largest)
        if least > most:
            each = "; ".join(f"{text}: {low} to {high}" for text, low, high in zip(texts, fewest, largest, strict=True))
            return UserError(
                f"tokenizer.size is {size}, but the pairs are too few for any size that suits both sides (tokens of "
                f"{each}): --set tokenizer.type=char, or train on more pairs"
            )
        if size > most:
            return UserError(
                f"tokenizer.size is {size}, but the text allows at most {most}: --set tokenizer.size={most}"
            )
        return UserError(
            f"tokenizer.size is {size}, but the text's characters alone need {least}: --set tokenizer.size={least}"
        )

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


class _Text:
    """One or both sides of pairs; may be read several times."""

    def __init__(self, pairs: PairReader):
        self.sides: list[str] = []
        self._pairs = pairs

    def __iter__(self) -> Iterator[str]:
        for side in self.sides:
            for pair in self._pairs:
                yield getattr(pair, side)

    def __str__(self) -> str:
        return " and ".join(self.sides)
