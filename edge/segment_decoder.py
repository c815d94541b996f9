"""Hypotheses for the segments of a text: with the terms of a glossary, and without loops."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from edge.components import Components
from edge.control import Control
from edge.generator import Generator
from edge.held_terms import has_terms, hold_terms, options_with_terms
from edge.reader import Segment
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.paths import UnmetConstraints
from edge.search.repetition import can_repeat, frequencies, in_a_row, repeats, words
from edge.search.step import Hypothesis
from edge.stand_ins import has_stand_ins, same_spans
from edge.tokenizer import UNK


class SegmentDecoder:
    """Decodes segments that have tokens.

    Args:
        components: of the translator.
        generator: with the model.
    """

    def __init__(self, components: Components, generator: Generator[tuple[int, ...]]):
        self._components = components
        self._generator = generator
        self._has_symbols = components.stand_ins is not None and components.stand_ins.is_reserved

    def decode(
        self, segments: Sequence[Segment], options: SearchOptions, control: Control, constraints: Constraints
    ) -> list[tuple[Segment, list[Hypothesis]]]:
        """Return each segment as it was read, masked or not, with its hypotheses, the best first.

        Segments whose translations lack a term or a stand-in are decoded again, with those held by the search. A
        segment that was read unmasked is masked if its translations have other spans.

        Args:
            segments: with tokens, and with the terms that their translations should have.
            options: how to search.
            control: what is wanted, for messages.
            constraints: the same as tokens.

        Raises:
            UserError: no hypothesis meets the constraints.
        """
        chosen = [segment.first for segment in segments]
        found = self._decode(chosen, options, control, constraints)
        again = {
            place: segment.masked
            for place, segment in enumerate(segments)
            if segment.masked is not None
            and chosen[place] is segment
            and not all(self.is_whole(segment, each.tokens) for each in found[place])
        }
        masked = self._decode(list(again.values()), options, control, constraints)
        for (place, segment), hypotheses in zip(again.items(), masked, strict=True):
            chosen[place], found[place] = segment, hypotheses
        return list(zip(chosen, found, strict=True))

    def is_whole(self, segment: Segment, tokens: Sequence[int]) -> bool:
        """Return whether a translation has the spans of its source, or their stand-ins if that is masked; no others."""
        if segment.masked is not None:
            return same_spans(segment.text, self._text(segment, tokens))
        return not (segment.carried or self._has_symbols) or has_stand_ins(segment.carried, self._text(segment, tokens))

    def _decode(
        self, segments: Sequence[Segment], options: SearchOptions, control: Control, constraints: Constraints
    ) -> list[list[Hypothesis]]:
        """The hypotheses of segments as they are."""
        try:
            results = self._generator.generate([segment.tokens for segment in segments], options, constraints)
        except UnmetConstraints as error:
            raise control.unmet(repr(segments[error.place].text[:40]), "translation") from error
        found = [self._without_loops(*each, options, constraints) for each in zip(segments, results, strict=True)]
        lacking: list[tuple[int, Constraints]] = []
        for place, segment in enumerate(segments if not options.temperature else ()):
            # Most models know most terms: a translation that has them is the best there is.
            if not all(self._has_terms(segment, each.tokens) for each in found[place]):
                held = self._with_terms(segment, options, constraints)
                if held is not constraints:
                    lacking.append((place, held))
        if lacking:
            for place, hypotheses in self._holding(segments, lacking, options_with_terms(options)):
                found[place] = hypotheses
        return found

    def _has_terms(self, segment: Segment, tokens: Sequence[int]) -> bool:
        is_whole = segment.masked is not None or self.is_whole(segment, tokens)
        return is_whole and (not segment.terms or has_terms(segment, self._text(segment, tokens)))

    def _text(self, segment: Segment, tokens: Sequence[int]) -> str:
        """The text of a translation, with stand-ins if the segment is masked."""
        own = self._components
        if not segment.carried or own.stand_ins is None:
            return own.target.decode(tokens)
        return own.stand_ins.read(segment.carried, segment.tokens.count(UNK), tokens)[0]

    def _holding(
        self, segments: Sequence[Segment], lacking: Sequence[tuple[int, Constraints]], options: SearchOptions
    ) -> Iterator[tuple[int, list[Hypothesis]]]:
        """Place and hypotheses of those segments whose terms the search can hold; all have constraints of their own."""
        try:
            results = self._generator.generate(
                [segments[place].tokens for place, _ in lacking], options, [held for _, held in lacking]
            )
        except UnmetConstraints:
            # A glossary is no reason for an error, and no segment loses its terms because of another one.
            half = len(lacking) // 2
            for some in (lacking[:half], lacking[half:]) if half else ():
                yield from self._holding(segments, some, options)
            return
        for (place, held), hypotheses in zip(lacking, results, strict=True):
            yield place, self._without_loops(segments[place], hypotheses, options, held)

    def is_loop(self, segment: Segment, tokens: Sequence[int], options: SearchOptions) -> bool:
        """Return whether a translation repeats itself more than its source does, by words or within a word.

        Args:
            segment: the source.
            tokens: of the translation, without EOS.
            options: how many repetitions more are allowed.
        """
        more = options.max_repeats
        if not tokens or not can_repeat(tokens, more):
            return False
        read, written = self._words(segment, tokens)
        return repeats(read, written, more) or repeats(max(read, key=len), max(written, key=len), more)

    def _most_repeats(self, segment: Segment, tokens: Sequence[int], more: int) -> tuple[int, ...]:
        """How often an n-gram of a translation may occur that is decoded again, because it is a loop with these tokens.

        What stands in a row is no translation: an n-gram comes as often as in the source. Else it may come as often as
        in what is no loop: one language writes words that the other does not, for example articles and pronouns.
        """
        read, written = self._words(segment, tokens)
        # In a single word, tokens repeat themselves.
        units, found = (read, written) if len(written) > 1 else (max(read, key=len), max(written, key=len))
        further = 0 if in_a_row(found) > max(more, in_a_row(units)) else more
        return tuple(max(1, number + further) for number in frequencies(units))

    def _words(self, segment: Segment, tokens: Sequence[int]) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """The words of a source and of its translation."""
        own = self._components
        return words(segment.tokens[:-1], own.source.begins_word), words(tokens, own.target.begins_word)

    def streamed(self, segment: Segment, options: SearchOptions, constraints: Constraints) -> Constraints:
        """Return constraints for a translation that cannot be decoded again: it may not repeat itself at all.

        No two tokens follow each other more often than the most frequent token of the source occurs, and no token
        stands more often in a row, but for the repetitions that the options allow.
        """
        # What is required may be a repetition.
        given = [*constraints.prefix, *itertools.chain(*constraints.required)]
        most = max(each.count(token) for each in (segment.tokens[:-1], given) for token in each) + options.max_repeats
        return self._without_symbols(replace(constraints, repeats=(most, most)))

    def _with_terms(self, segment: Segment, options: SearchOptions, constraints: Constraints) -> Constraints:
        """The constraints with those of a segment's terms; the same if the search can hold none of them."""
        own = self._components
        _, most = options.bounds(
            len(segment.tokens) - 1, own.max_target_length, constraints.given + len(constraints.rest)
        )
        surfaces = own.source.surfaces(segment.text)[: len(segment.tokens) - 1]
        held = hold_terms(segment, surfaces, constraints, own.target, most, own.stand_ins)
        return held if segment.carried else self._without_symbols(held)

    def _without_symbols(self, constraints: Constraints) -> Constraints:
        """Constraints for a source that has no stand-ins."""
        own = self._components.stand_ins
        symbols = sorted(own.single((), 0)) if own and self._has_symbols else []
        return replace(constraints, suppressed=(*constraints.suppressed, *symbols)) if symbols else constraints

    def _without_loops(
        self, segment: Segment, hypotheses: list[Hypothesis], options: SearchOptions, constraints: Constraints
    ) -> list[Hypothesis]:
        """The hypotheses that are no loops; if the best one is, those of a search that has none."""
        if self.is_loop(segment, hypotheses[0].tokens, options):
            most = self._most_repeats(segment, hypotheses[0].tokens, options.max_repeats)
            # Nor is it avoided by saying nothing.
            options = replace(options, min_length=max(1, options.min_length))
            try:
                return self._generator.generate([segment.tokens], options, replace(constraints, repeats=most))[0]
            except UnmetConstraints:
                # What is required may be a repetition.
                return hypotheses[:1]
        return [one for one in hypotheses if not self.is_loop(segment, one.tokens, options)]
