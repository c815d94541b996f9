"""From text to text."""

import functools
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

import numpy as np

from edge.bundle import read_bundle
from edge.components import Components, open_components
from edge.control import Control
from edge.encoding import encode_tokens
from edge.errors import UserError
from edge.flatbuffer_step import FlatbufferStep
from edge.generator import Generator
from edge.held_terms import write_kept, write_terms
from edge.markup import Markup
from edge.put_back import put_back
from edge.reader import Segment, regroup
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.paths import UnmetConstraints
from edge.search.step import Hypothesis
from edge.segment_decoder import SegmentDecoder
from edge.tokenizer import EOS, UNK
from edge.translation import Translation, join_texts, joined
from edge.unknown_words import copy_unknown

_GREEDY = SearchOptions()
_FREE = Control()


class Translator:
    """Translates with a bundle, on the device.

    Args:
        bundle: a bundle's directory or zip archive, or components from elsewhere.
        threads: how many the runtime may use.
        batch: sentences that are translated together where there are several.
        shortlist: choose from a few hundred likely tokens instead of the whole vocabulary: faster, and nearly as good.
            Sentences of a batch share theirs. Components have their own, and their own threads.
        cache: size of the translation cache (LRU), in sentences.
        carry: numbers, URLs, placeholders and other spans that are not translated are carried over, see `edge.spans`.
            Components have their own.

    Raises:
        UserError: the bundle is damaged, is for another task or has no shortlist, or the installed runtime cannot run
            it.
    """

    def __init__(
        self,
        bundle: str | os.PathLike[str] | Components,
        threads: int = 1,
        batch: int = 32,
        shortlist: bool = False,
        cache: int = 0,
        carry: bool = True,
    ):
        if not isinstance(bundle, Components):
            bundle = open_components(read_bundle(bundle), threads, shortlist, carry)
        self.components = bundle
        self._generator: Generator[tuple[int, ...]] = Generator(
            functools.partial(encode_tokens, bundle.step),
            bundle.step,
            bundle.max_target_length,
            batch,
            cache,
            bundle.shortened if bundle.shortlist else None,
        )
        self._decoder = SegmentDecoder(bundle, self._generator)
        self._cached = bool(cache)

    @overload
    def translate(  # type: ignore[overload-overlap]  # a text is a sequence of texts, too
        self, text: str, options: SearchOptions = ..., control: Control = ...
    ) -> str: ...

    @overload
    def translate(self, text: Sequence[str], options: SearchOptions = ..., control: Control = ...) -> list[str]: ...

    def translate(
        self, text: str | Sequence[str], options: SearchOptions = _GREEDY, control: Control = _FREE
    ) -> str | list[str]:
        """Translates a sentence, or each of several.

        Args:
            text: one sentence, or a sequence of them. Nothing but invisible characters gives an empty translation, and
                text of which the model knows no letter is its own translation, whatever the control is. What is longer
                than the model reads is translated in segments, which are joined again with the white space between
                them; with a prefix or required phrases, which are of the whole, it is truncated, with a warning.
            options: decoding options [greedy search].
            control: what the translations must and must not have.

        Raises:
            UserError: the control cannot be heeded.
        """
        texts = [text] if isinstance(text, str) else text
        if len(texts) == 1 and (step := self._loop(options, control)):
            found = [self._by_loop(step, texts[0])]
        else:
            found = [translations[0].text for translations in self.n_best(texts, options, control)]
        return found[0] if isinstance(text, str) else found

    def explain(self, text: str, options: SearchOptions = _GREEDY, control: Control = _FREE) -> Translation:
        """Translate a sentence, with tokens, scores and attention. Arguments as for `translate`."""
        return self.n_best([text], options, control)[0][0]

    def n_best(
        self, texts: Sequence[str], options: SearchOptions = _GREEDY, control: Control = _FREE
    ) -> list[list[Translation]]:
        """Translates sentences, each in up to `options.n_best` ways, the best first. Arguments as `translate`'s."""
        constraints = control.constraints(self.components.target)
        reader = self.components.reader
        read = [reader.with_terms(self._read(text, constraints), control.glossary) for text in texts]
        segments = [segment for each in read for segment in each]
        found = regroup(self._search(segments, options, control, constraints), read)
        return [joined(segments, translations) for segments, translations in zip(read, found, strict=True)]

    def translate_segments(
        self, segments: Sequence[Segment], options: SearchOptions = _GREEDY, control: Control = _FREE
    ) -> list[list[Translation]]:
        """Translates what `TextReader` has read, as `n_best` does.

        Args:
            segments: with terms that their translations should have, if no glossary says which.
            options: decoding options [greedy search].
            control: what the translations must and must not have.
        """
        if control.glossary:
            segments = self.components.reader.with_terms(segments, control.glossary)
        return self._search(segments, options, control, control.constraints(self.components.target))

    def translate_html(self, text: str, options: SearchOptions = _GREEDY, control: Control = _FREE) -> str:
        """Translates a document of HTML, sentence by sentence; see `edge.markup.Markup`.

        Args:
            text: HTML. Plain text is translated as it is, with `&`, `<` and `>` escaped.
            options: decoding options [greedy search].
            control: what the translations must not have.

        Raises:
            UserError: the control has a prefix or required phrases, which a single sentence has, or cannot be heeded.
        """
        if control.prefix or control.required:
            raise UserError("HTML has many sentences, and a prefix or a required phrase is for one of them; remove it")
        markup = Markup(text, self.components)
        found = self.translate_segments(markup.segments, options, control)
        return markup.write([translations[0] for translations in found])

    def stream(self, text: str, options: SearchOptions = _GREEDY, control: Control = _FREE) -> Iterator[str]:
        """Translates a sentence, and yields its text in chunks, each as soon as it is decided.

        Arguments as `translate`'s. With a beam a chunk is decided when all hypotheses have it that can still win. A
        segment with a term of the glossary, a span that is carried over or unknown characters comes in one chunk, at
        the end.
        """
        for segment in self._read(text, control.constraints(self.components.target)):
            yield from self.stream_segment(segment, options, control)

    def stream_segment(
        self, segment: Segment, options: SearchOptions = _GREEDY, control: Control = _FREE
    ) -> Iterator[str]:
        """Translates a segment as `stream` does, and yields the white space after it, too."""
        if control.glossary:
            (segment,) = self.components.reader.with_terms([segment], control.glossary)
        translation = ""
        for chunk in self._chunks(segment, options, control):
            translation += chunk
            yield chunk
        if gap := segment.after(translation):
            yield gap

    def _chunks(self, segment: Segment, options: SearchOptions, control: Control) -> Iterator[str]:
        _check(options, control)
        if not segment.tokens or segment.terms or segment.masked or self._copies(segment, segment.tokens):
            text = self.translate_segments([segment], options, control)[0][0].text
            yield from [text] if text else []
            return
        target, written = self.components.target, 0
        constraints = self._decoder.streamed(segment, options, control.constraints(target))
        if self.components.copies:
            # What would be in place of an UNK token is known at the end only.
            constraints = replace(constraints, suppressed=(*constraints.suppressed, UNK))
        try:
            for tokens, hypothesis in self._generator.stream(segment.tokens, options, constraints):
                text = target.decode(tokens)
                if hypothesis is None:
                    text = target.settled(text)
                if len(text) > written:
                    yield text[written:]
                    written = len(text)
        except UnmetConstraints as error:
            raise control.unmet(repr(segment.text[:40]), "translation") from error

    def _read(self, text: str, constraints: Constraints) -> list[Segment]:
        reader = self.components.reader
        is_whole = constraints.prefix or constraints.rest or constraints.required
        return reader.whole(text) if is_whole else reader.segments(text)

    def _loop(self, options: SearchOptions, control: Control) -> FlatbufferStep | None:
        """Return the step if its own greedy loop can do this translation; it is faster than `edge.search`."""
        own, step = self.components, self.components.step
        if options != _GREEDY or control.glossary or control.constraints(own.target):
            return None
        if own.shortlist or self._cached or not isinstance(step, FlatbufferStep):
            return None
        return step if step.loop_length == own.max_target_length else None

    def _by_loop(self, step: FlatbufferStep, text: str) -> str:
        segments = self.components.reader.segments(text)
        found = [self._greedy(step, segment) if segment.tokens else segment.kept for segment in segments]
        return join_texts(segments, found)

    def _greedy(self, step: FlatbufferStep, segment: Segment) -> str:
        own, read = self.components, segment.first
        if self._copies(read, read.tokens):
            return self._search([segment], _GREEDY, _FREE, Constraints())[0][0].text
        tokens = step.greedy(source=np.array([read.tokens], np.int32))
        _, most = _GREEDY.bounds(len(read.tokens) - 1, own.max_target_length)
        # Without attention it is not known which of several symbols an UNK is.
        is_whole = self._decoder.is_whole(read, tokens) and (len(read.carried) < 2 or UNK not in tokens)
        is_whole = is_whole and not self._copies(read, tokens)
        if len(tokens) > most or not is_whole or self._decoder.is_loop(read, tokens, _GREEDY):
            return self._search([segment], _GREEDY, _FREE, Constraints())[0][0].text
        if not read.carried or own.stand_ins is None:
            return own.target.decode(tokens)
        text, _ = own.stand_ins.read(read.carried, read.tokens.count(UNK), tokens)
        return put_back(read.carried, read.text, (), Translation(text, 0.0, [], [], [], None)).text

    def _search(
        self, segments: Sequence[Segment], options: SearchOptions, control: Control, constraints: Constraints
    ) -> list[list[Translation]]:
        _check(options, control)
        read = [segment for segment in segments if segment.tokens]
        found = iter(self._decoder.decode(read, options, control, constraints))
        return [
            self._translations(*next(found))
            if segment.tokens
            else [
                Translation(
                    write_kept(segment, self.components.source) if segment.terms else segment.kept,
                    0.0,
                    [],
                    [],
                    [],
                    None,
                )
            ]
            for segment in segments
        ]

    def _translations(self, segment: Segment, hypotheses: Sequence[Hypothesis]) -> list[Translation]:
        """The translations of a segment that may be masked."""
        own = self.components
        surfaces = own.source.surfaces(segment.text)[: len(segment.tokens) - 1] if segment.carried else []
        found = []
        for hypothesis in hypotheses:
            translation = self._translation(segment, hypothesis)
            if segment.carried and own.stand_ins:
                tokens, unknown = hypothesis.tokens, segment.tokens.count(UNK)
                text, spelled = own.stand_ins.read(segment.carried, unknown, tokens, surfaces, hypothesis.attention)
                written = [*spelled, *translation.target_tokens[len(spelled) :]]
                translation = replace(translation, text=text, target_tokens=written)
            translation = self._revised(segment, hypothesis, translation)
            if segment.carried:
                translation = put_back(segment.carried, segment.text, surfaces, translation)
            found.append(translation)
        return found

    def _translation(self, segment: Segment, hypothesis: Hypothesis) -> Translation:
        source, target = self.components.source, self.components.target
        written = hypothesis.tokens + [EOS] * (len(hypothesis.token_scores) - len(hypothesis.tokens))
        return Translation(
            text=target.decode(hypothesis.tokens),
            score=hypothesis.score,
            source_tokens=source.tokens(segment.tokens),
            target_tokens=target.tokens(written),
            token_scores=hypothesis.token_scores,
            attention=hypothesis.attention,
        )

    def _revised(self, segment: Segment, hypothesis: Hypothesis, translation: Translation) -> Translation:
        """A translation with words that have unknown characters, and with the terms of its source."""
        source, target = self.components.source, self.components.target
        if self._copies(segment, segment.tokens) or self._copies(segment, hypothesis.tokens):
            translation = copy_unknown(segment, translation, source, target)
        if not segment.terms:
            return translation
        surfaces = source.surfaces(segment.text)[: len(segment.tokens) - 1]
        return replace(translation, text=write_terms(segment, surfaces, translation))

    def _copies(self, segment: Segment, tokens: Sequence[int]) -> bool:
        """Whether words are copied because tokens of a source or of its translation are UNK, and no stand-ins."""
        own = self.components
        stand_ins = own.stand_ins.unknown(segment.carried) if own.stand_ins else 0
        # Features are no words.
        return own.copies and not own.source.has_features and tokens.count(UNK) > stand_ins


def _check(options: SearchOptions, control: Control) -> None:
    if options.temperature and control.glossary:
        raise UserError("search: a glossary needs beam search; remove the temperature, or the glossary")
