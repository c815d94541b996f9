"""From text to text."""

import copy
import os
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import overload

import numpy as np

from edge.bundle import Bundle, read_bundle
from edge.cache import Cache
from edge.control import Control, replace_unknown
from edge.encoding import encode_tokens
from edge.errors import UserError
from edge.flatbuffer_step import FlatbufferStep
from edge.runtime import Flatbuffer
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.search import follow, search
from edge.search.step import Hypothesis, Step
from edge.sentences import Part, split
from edge.shortlist import Shortlist
from edge.static_step import StaticStep
from edge.tokenizer import EOS, UNK, Tokenizer, cut
from edge.translation import Translation, join_texts, joined, spaced

_GREEDY = SearchOptions()
_FREE = Control()


@dataclass(frozen=True)
class Parts:
    """What a translator is made of, wherever it comes from.

    Attributes:
        step: the model.
        source: tokenizer of the source language.
        target: tokenizer of the target language.
        max_source_length: pieces of the source, end symbol included, that the model reads.
        max_target_length: pieces after which a translation ends in any case.
        shortlist: candidates for the translations of pieces; None to choose from the whole vocabulary.
    """

    step: Step
    source: Tokenizer
    target: Tokenizer
    max_source_length: int
    max_target_length: int
    shortlist: Shortlist | None = None

    def fits(self, text: str) -> bool:
        """Whether the model reads a text whole."""
        return len(self.source.encode(text)) <= self.max_source_length


class Translator:
    """Translates with a bundle, on the device.

    Args:
        bundle: a bundle's directory, or parts put together elsewhere.
        threads: how many the runtime may use.
        batch: sentences that are translated side by side where there are several.
        shortlist: choose from a few hundred likely pieces instead of the whole vocabulary: quicker, and nearly as good.
            Sentences of a batch share theirs. Parts have their own, and their own threads.
        cache: repeated sentences, so many of the last ones, are not translated again.

    Raises:
        UserError: the bundle is damaged, is for another task or has no shortlist, or the installed runtime cannot run
            it.
    """

    def __init__(
        self,
        bundle: str | os.PathLike | Parts,
        threads: int = 1,
        batch: int = 32,
        shortlist: bool = False,
        cache: int = 0,
    ):
        self._parts = bundle if isinstance(bundle, Parts) else open_parts(read_bundle(bundle), threads, shortlist)
        if batch < 1:
            raise UserError(f"batch {batch}: is less than 1")
        self._batch = batch
        self._cache = Cache(cache) if cache else None

    @property
    def parts(self) -> Parts:
        """What it is made of."""
        return self._parts

    @overload
    def translate(self, text: str, options: SearchOptions = ..., control: Control = ...) -> str: ...

    @overload
    def translate(self, text: Sequence[str], options: SearchOptions = ..., control: Control = ...) -> list[str]: ...

    def translate(
        self, text: str | Sequence[str], options: SearchOptions = _GREEDY, control: Control = _FREE
    ) -> str | list[str]:
        """Translates a sentence, or each of several.

        Args:
            text: one sentence, or a sequence of them. Nothing but white space gives an empty translation. What is
                longer than the model reads is translated in parts, which are put together again with the white space
                between them; with a prefix or required phrases, which are of the whole, it is cut, with a warning.
            options: how to search; greedily if not given.
            control: what the translations must and must not have.

        Raises:
            UserError: the control cannot be heeded.
        """
        texts = [text] if isinstance(text, str) else text
        if len(texts) == 1 and self._loops(options, control):
            found = [self._by_loop(texts[0])]
        else:
            found = [translations[0].text for translations in self.n_best(texts, options, control)]
        return found[0] if isinstance(text, str) else found

    def explain(self, text: str, options: SearchOptions = _GREEDY, control: Control = _FREE) -> Translation:
        """Translates a sentence, and says which pieces were read, written and looked at. Arguments as `translate`'s."""
        return self.n_best([text], options, control)[0][0]

    def n_best(
        self, texts: Sequence[str], options: SearchOptions = _GREEDY, control: Control = _FREE
    ) -> list[list[Translation]]:
        """Translates sentences, each in up to `options.n_best` ways, the best first. Arguments as `translate`'s."""
        constraints = control.constraints(self._parts.target)
        parted = [self._parted(text, constraints) for text in texts]
        found = iter(self._remembered([part for parts in parted for part, _ in parts], options, control, constraints))
        return [joined([next(found) for _ in parts], [gap for _, gap in parts]) for parts in parted]

    def _loops(self, options: SearchOptions, control: Control) -> bool:
        """Whether the loop inside the flatbuffer does what is asked for, and is quicker."""
        parts = self._parts
        plain = options == _GREEDY and not control.replace_unknown and not control.constraints(parts.target)
        own = isinstance(parts.step, FlatbufferStep) and parts.step.loop_length == parts.max_target_length
        return plain and own and not parts.shortlist and not self._cache

    def _by_loop(self, text: str) -> str:
        parts = self._parts
        texts, gaps = zip(*self._parted(text, Constraints()), strict=True)
        read = [self._read(part) if part.strip() else [] for part in texts]
        return join_texts(
            [
                parts.target.decode(parts.step.greedy(source=np.array([source], np.int32))) if source else ""
                for source in read
            ],
            gaps,
        )

    def _remembered(
        self, texts: Sequence[str], options: SearchOptions, control: Control, constraints: Constraints
    ) -> list[list[Translation]]:
        """The translations of texts that the model can read; of repeated ones a copy, if there is a cache."""
        if self._cache is None:
            return self._search(texts, options, control, constraints)
        wishes = replace(control, required=tuple(control.required), suppressed=tuple(control.suppressed))
        found = {text: self._cache.get((text, options, wishes)) for text in texts}
        new = [text for text, translations in found.items() if translations is None]
        for text, translations in zip(new, self._search(new, options, control, constraints), strict=True):
            found[text] = translations
            self._cache.put((text, options, wishes), translations)
        return [copy.deepcopy(found[text]) for text in texts]

    def _search(
        self, texts: Sequence[str], options: SearchOptions, control: Control, constraints: Constraints
    ) -> list[list[Translation]]:
        """The translations of texts that the model can read."""
        found = [[Translation("", 0.0, [], [], [], None)] for _ in texts]
        sources = {place: self._read(text) for place, text in enumerate(texts) if text.strip()}
        # Sentences of about one length together: they end at about the same time.
        order = sorted(sources, key=lambda place: len(sources[place]))
        for start in range(0, len(order), self._batch):
            places = order[start : start + self._batch]
            batch = [sources[place] for place in places]
            step, limit = self._step(batch, constraints), self._parts.max_target_length
            encoded = encode_tokens(self._parts.step, batch)
            for place, hypotheses in zip(places, search(step, encoded, limit, options, constraints), strict=True):
                found[place] = [
                    self._translation(texts[place], sources[place], hypothesis, control) for hypothesis in hypotheses
                ]
        return found

    def stream(self, text: str, options: SearchOptions = _GREEDY, control: Control = _FREE) -> Iterator[str]:
        """Translates a sentence, and yields its text bit by bit, as soon as a bit is decided.

        Arguments as `translate`'s. With a beam a bit is decided when all hypotheses have it that can still win; with
        `replace_unknown` the text comes in one bit, at the end.
        """
        constraints = control.constraints(self._parts.target)
        *parted, (last, end) = self._parted(text, constraints)
        for part, gap in parted:
            translation = ""
            for bit in self._streamed(part, options, control, constraints):
                translation += bit
                yield bit
            if between := spaced(translation, gap):
                yield between
        yield from self._streamed(last, options, control, constraints)
        if end:
            yield end

    def _streamed(self, text: str, options: SearchOptions, control: Control, constraints: Constraints) -> Iterator[str]:
        """The bits of the translation of a text that the model can read."""
        if not text.strip():
            return
        parts, told = self._parts, ""
        source = self._read(text)
        paths = None
        step = self._step([source], constraints)
        for paths in follow(step, encode_tokens(parts.step, [source]), parts.max_target_length, options, constraints):
            if paths.sentences and not control.replace_unknown:
                decided = parts.target.decode(paths.decided(0))
                # The first bytes of a character decode to this until the last one is there.
                decided = decided.rstrip("\ufffd")
                if len(decided) > len(told):
                    yield decided[len(told) :]
                    told = decided
        hypotheses = paths.results[0] if paths else []
        if not hypotheses:
            raise UserError("search: no translation meets the constraints")
        if rest := self._translation(text, source, hypotheses[0], control).text[len(told) :]:
            yield rest

    def _parted(self, text: str, constraints: Constraints) -> list[Part]:
        """A text in parts that the model can read, each with the white space after it."""
        if self._parts.fits(text) or constraints.prefix or constraints.rest or constraints.required:
            return [(text, "")]
        return split(text, self._parts.fits)

    def _read(self, text: str) -> list[int]:
        """A sentence's pieces, cut to what the model reads."""
        source, longest = self._parts.source.encode(text), self._parts.max_source_length
        if len(source) <= longest:
            return source
        warnings.warn(
            f"a sentence of {len(source)} pieces was cut to the {longest} that the model reads: {text[:40]!r}...",
            stacklevel=2,
        )
        return cut(source, longest)

    def _step(self, sources: Sequence[Sequence[int]], constraints: Constraints) -> Step:
        """The model, with the shortlist of some sentences if there is one and it may do."""
        parts = self._parts
        if parts.shortlist is None or constraints.prefix or constraints.rest or constraints.required:
            return parts.step
        return parts.step.shortened(parts.shortlist.candidates(sources))

    def _translation(self, text: str, source: list[int], hypothesis: Hypothesis, control: Control) -> Translation:
        parts = self._parts
        written = hypothesis.tokens + [EOS] * (len(hypothesis.token_scores) - len(hypothesis.tokens))
        translation = Translation(
            text=parts.target.decode(hypothesis.tokens),
            score=hypothesis.score,
            source_pieces=parts.source.pieces(source),
            target_pieces=parts.target.pieces(written),
            piece_scores=hypothesis.token_scores,
            attention=hypothesis.attention,
        )
        if not control.replace_unknown or UNK not in written:
            return translation
        if hypothesis.attention is None:
            raise UserError("replace_unknown: the model has no attention that says which source word it would be")
        surfaces = parts.source.surfaces(text)[: len(source) - 1]
        replaced = replace_unknown(hypothesis.tokens, translation.alignment, surfaces, parts.target)
        return replace(translation, text=replaced)


def open_parts(bundle: Bundle, threads: int = 1, shortlist: bool = False) -> Parts:
    """The parts of a bundle's translator; arguments and errors as `Translator`'s."""
    task = bundle.manifest["task"]
    if task != "translation":
        raise UserError(f"{bundle.path}: is for {task}, not for translation")
    source, target = (Tokenizer(bundle.file("tokenizers", side)) for side in ("source", "target"))
    if shortlist and "shortlist" not in bundle.manifest:
        raise UserError(f"{bundle.path}: has no shortlist; make one with: keras-s2s export RUN --shortlist PAIRS")
    longest, flatbuffer = bundle.limit("max_source_length"), Flatbuffer(bundle.model, threads)
    return Parts(
        step=StaticStep(flatbuffer) if bundle.manifest.get("static") else FlatbufferStep(flatbuffer),
        source=source,
        target=target,
        max_source_length=longest,
        max_target_length=bundle.limit("max_target_length"),
        shortlist=Shortlist.load(bundle.file("shortlist", "lexicon"), len(source), len(target)) if shortlist else None,
    )
