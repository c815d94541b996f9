"""What a translator is made of."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from edge.bundle import Bundle
from edge.encoding import EncoderDecoder
from edge.errors import UserError
from edge.flatbuffer_step import FlatbufferStep
from edge.reader import TextReader
from edge.search.step import Step
from edge.shortlist import Shortlist
from edge.stand_ins import StandIns
from edge.static_step import open_step
from edge.tokenizer import Tokenizer


@dataclass(frozen=True)
class Components:
    """The components of a translator, wherever they come from.

    Attributes:
        step: the model.
        source: tokenizer of the source language.
        target: tokenizer of the target language.
        max_source_length: tokens of the source, EOS included, that the model reads.
        max_target_length: tokens after which a translation ends in any case.
        shortlist: candidates for the translations of tokens; None to choose from the whole vocabulary.
        letterless: the model translates text without a letter, too.
        abbreviations: words of the source language whose full stop ends no sentence, case-folded, without it.
        copies: words with unknown characters are copied into translations.
        carry: numbers, URLs and other spans that are not translated are carried over, see `edge.spans`.
    """

    step: EncoderDecoder
    source: Tokenizer
    target: Tokenizer
    max_source_length: int
    max_target_length: int
    shortlist: Shortlist | None = None
    letterless: bool = False
    abbreviations: frozenset[str] = frozenset()
    copies: bool = True
    carry: bool = True

    @functools.cached_property
    def stand_ins(self) -> StandIns | None:
        """Stand-ins for spans that are not translated; None if all is for the model."""
        return StandIns(self.source, self.target) if self.carry and not self.source.has_features else None

    @functools.cached_property
    def reader(self) -> TextReader:
        """What splits and tokenizes source text."""
        return TextReader(self.source, self.max_source_length, self.letterless, self.abbreviations, self.stand_ins)

    def shortened(self, sources: Sequence[Sequence[int]]) -> Step:
        """The decoder with the shortlist of some sentences, token ids each; the whole decoder if there is none."""
        if self.shortlist is None or not isinstance(self.step, FlatbufferStep):
            return self.step
        return self.step.shortened(self.shortlist.candidates(sources))


def open_components(bundle: Bundle, threads: int = 1, shortlist: bool = False, carry: bool = True) -> Components:
    """The components of a bundle's translator; arguments and errors as `Translator`'s."""
    bundle.require_task("translation")
    source, target = (Tokenizer(bundle.file("tokenizers", side)) for side in ("source", "target"))
    if shortlist and "shortlist" not in bundle.manifest:
        raise UserError(f"{bundle.path}: has no shortlist; make one with: keras-s2s export RUN --shortlist PAIRS")
    longest = bundle.limit("max_source_length")
    return Components(
        step=open_step(bundle, threads),
        source=source,
        target=target,
        max_source_length=longest,
        max_target_length=bundle.limit("max_target_length"),
        shortlist=Shortlist.load(bundle.file("shortlist", "lexicon"), len(source), len(target)) if shortlist else None,
        letterless=bool(bundle.manifest.get("letterless", False)),
        abbreviations=frozenset(bundle.words("abbreviations")),
        # Letters and sounds of a word are no text.
        copies=bundle.manifest.get("scoring") != "words",
        carry=carry and bundle.manifest.get("scoring") != "words",
    )
