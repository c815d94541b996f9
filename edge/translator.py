"""From text to text."""

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from edge.bundle import Bundle, read_bundle
from edge.errors import UserError
from edge.runtime import Flatbuffer
from edge.search.greedy import greedy
from edge.search.step import Step
from edge.step import FlatbufferStep
from edge.tokenizer import EOS, Tokenizer


@dataclass(frozen=True)
class Parts:
    """What a translator is made of, wherever it comes from.

    Attributes:
        step: the model.
        source: tokenizer of the source language.
        target: tokenizer of the target language.
        max_source_length: pieces of the source, end symbol included, that the model reads.
        max_target_length: pieces after which a translation ends in any case.
    """

    step: Step
    source: Tokenizer
    target: Tokenizer
    max_source_length: int
    max_target_length: int


@dataclass(frozen=True)
class Translation:
    """A translation and how it came about.

    Attributes:
        text: the translation.
        score: the sum of its pieces' log probabilities.
        source_pieces: what the model read, end symbol included.
        target_pieces: what it wrote, end symbol included if it came to one.
        attention: `(target pieces, source pieces)`; None without attention.
    """

    text: str
    score: float
    source_pieces: list[str]
    target_pieces: list[str]
    attention: np.ndarray | None


class Translator:
    """Translates with a bundle, on the device.

    Args:
        bundle: a bundle's directory, or parts put together elsewhere.
        threads: how many the runtime may use.

    Raises:
        UserError: the bundle is damaged, is for another task, or the installed runtime cannot run it.
    """

    def __init__(self, bundle: str | os.PathLike | Parts, threads: int = 1):
        self._parts = bundle if isinstance(bundle, Parts) else _open(read_bundle(bundle), threads)

    @overload
    def translate(self, text: str) -> str: ...

    @overload
    def translate(self, text: Sequence[str]) -> list[str]: ...

    def translate(self, text: str | Sequence[str]) -> str | list[str]:
        """Translates a sentence, or each of several.

        Args:
            text: one sentence, or a sequence of them. Nothing but white space gives an empty translation. What is
                longer than the model reads is cut, with a warning.
        """
        if isinstance(text, str):
            return self.explain(text).text if text.strip() else ""
        return [self.translate(sentence) for sentence in text]

    def explain(self, text: str) -> Translation:
        """Translates a sentence, and says which pieces were read, written and looked at."""
        parts = self._parts
        source = parts.source.encode(text)
        if len(source) > parts.max_source_length:
            warnings.warn(
                f"a sentence of {len(source)} pieces was cut to the {parts.max_source_length} that the model reads: "
                f"{text[:40]!r}...",
                stacklevel=2,
            )
            source = [*source[: parts.max_source_length - 1], EOS]
        hypothesis = greedy(parts.step, np.array([source], np.int32), parts.max_target_length)
        written = hypothesis.tokens + [EOS] * (len(hypothesis.token_scores) - len(hypothesis.tokens))
        return Translation(
            text=parts.target.decode(hypothesis.tokens),
            score=hypothesis.score,
            source_pieces=parts.source.pieces(source),
            target_pieces=parts.target.pieces(written),
            attention=hypothesis.attention,
        )


def _open(bundle: Bundle, threads: int) -> Parts:
    task = bundle.manifest["task"]
    if task != "translation":
        raise UserError(f"{bundle.path}: is for {task}, not for translation")
    source, target = (Tokenizer(bundle.file("tokenizers", side)) for side in ("source", "target"))
    return Parts(
        step=FlatbufferStep(Flatbuffer(bundle.model, threads)),
        source=source,
        target=target,
        max_source_length=bundle.limit("max_source_length"),
        max_target_length=bundle.limit("max_target_length"),
    )
