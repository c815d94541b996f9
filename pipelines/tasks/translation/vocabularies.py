"""The tokenizers of a translation run: one file a side, or one for both."""

import functools
import itertools
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from edge.errors import UserError
from edge.tokenizer import Tokenizer
from keras_s2s.tokenizer import GraphTokenizer, train_tokenizer
from pipelines.data.pairs import PairReader
from pipelines.log import log
from pipelines.run import Run


class Vocabularies:
    """Source and target side's tokenizers, trained or taken over once, and then read.

    Args:
        run: whose they are.

    Attributes:
        files: of `source` and `target`; a joint one is the same file.
    """

    def __init__(self, run: Run):
        self.settings = run.config.tokenizer
        joint = self.settings.joint
        self.files = {side: run.file("tokenizer.model" if joint else f"{side}.model") for side in ("source", "target")}

    def train(self, pairs: PairReader) -> None:
        """Trains them on pairs.

        Raises:
            UserError: the text does not allow the vocabulary asked for.
        """
        log("training the tokenizers")
        texts: dict[Path, Iterable[str]] = {}
        for side, file in self.files.items():
            texts[file] = itertools.chain(texts.get(file, ()), _column(pairs, side))
        settings = self.settings
        for file, sentences in texts.items():
            train_tokenizer(sentences, file, settings.type, settings.size, settings.coverage, settings.normalization)

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
        """Whether both cut text alike."""
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


def _column(pairs: PairReader, side: str) -> Iterator[str]:
    return (getattr(pair, side) for pair in pairs)
