"""From sources of any kind to hypotheses."""

import copy
from collections.abc import Callable, Hashable, Iterator, Sequence, Sized
from typing import Generic, NamedTuple, Protocol, TypeVar

from edge.cache import Cache
from edge.errors import UserError
from edge.search.constraints import Constraints, constraints_of_each
from edge.search.options import SearchOptions
from edge.search.paths import UnmetConstraints
from edge.search.search import follow, search
from edge.search.step import Hypothesis, Source, Step


class RawSource(Sized, Hashable, Protocol):
    """A source before it is encoded: equal ones have the same hypotheses, shorter ones are done sooner."""


S = TypeVar("S", bound=RawSource)


class Streamed(NamedTuple):
    """State of a target sequence after a decoder step.

    Attributes:
        tokens: those that all hypotheses have in common which can still win.
        hypothesis: the best one, after the last step; None before.
    """

    tokens: list[int]
    hypothesis: Hypothesis | None


class Generator(Generic[S]):
    """Generates target sequences; knows neither text nor sound nor where the model comes from.

    Args:
        encode: encodes some sources. It is called for one batch at a time: encoded sources take much memory.
        step: the decoder.
        limit: tokens after which a sequence ends in any case.
        batch: batch size in sources.
        cache: size of the LRU cache, in sources.
        shorten: gives a decoder with a smaller vocabulary for some sources; None to use the whole one always.

    Raises:
        UserError: the batch is less than 1.
    """

    def __init__(
        self,
        encode: Callable[[Sequence[S]], list[Source]],
        step: Step,
        limit: int,
        batch: int = 32,
        cache: int = 0,
        shorten: Callable[[Sequence[S]], Step] | None = None,
    ):
        if batch < 1:
            raise UserError(f"batch {batch}: is less than 1")
        self._encode, self._step, self._shorten = encode, step, shorten
        self._limit = limit
        self._batch = batch
        self._cache = Cache(cache) if cache else None

    def generate(
        self, sources: Sequence[S], options: SearchOptions, constraints: Constraints | Sequence[Constraints]
    ) -> list[list[Hypothesis]]:
        """Searches for target sequences.

        Args:
            sources: any number of them.
            options: how to search.
            constraints: what each target sequence must and must not have, the same of all or one of each.

        Returns:
            The hypotheses of each source, the best first, up to `options.n_best`.

        Raises:
            UnmetConstraints: the constraints cannot be met for a source.
        """
        if self._cache is None:
            return self._search(sources, options, constraints)
        asked = list(zip(sources, constraints_of_each(constraints, len(sources)), strict=True))
        found = {(source, own): self._cache.get((source, options, own)) for source, own in asked}
        new = [key for key, hypotheses in found.items() if hypotheses is None]
        try:
            results = self._search([source for source, _ in new], options, [own for _, own in new])
        except UnmetConstraints as error:
            raise UnmetConstraints(asked.index(new[error.place])) from error
        for (source, own), hypotheses in zip(new, results, strict=True):
            found[source, own] = hypotheses
            self._cache.put((source, options, own), hypotheses)
        return [copy.deepcopy(found[key]) for key in asked]

    def stream(self, source: S, options: SearchOptions, constraints: Constraints) -> Iterator[Streamed]:
        """Searches as `generate` does, and says after each step what is decided; without the cache."""
        paths = None
        for paths in follow(
            self._decoder([source], [constraints]), self._encode([source]), self._limit, options, constraints
        ):
            if paths.sentences:
                yield Streamed(paths.decided(0), None)
        if paths is not None:
            best = paths.found(0)[0]
            yield Streamed(best.tokens, best)

    def each(
        self, sources: Sequence[S], options: SearchOptions, constraints: Constraints | Sequence[Constraints]
    ) -> Iterator[tuple[int, Source, list[Hypothesis]]]:
        """Searches as `generate` does, and yields the results of a batch when it is done; without the cache.

        Yields:
            The place of a source, the source encoded, and its hypotheses. The encoded sources of one batch exist at a
            time.
        """
        # Sources of about one length together: they end at about the same time.
        order = sorted(range(len(sources)), key=lambda place: len(sources[place]))
        of_each = constraints_of_each(constraints, len(sources))
        for start in range(0, len(order), self._batch):
            places = order[start : start + self._batch]
            batch, own = [sources[place] for place in places], [of_each[place] for place in places]
            decoder = self._decoder(batch, own)
            encoded = self._encode(batch)
            try:
                together = search(decoder, encoded, self._limit, options, own)
            except UnmetConstraints as error:
                raise UnmetConstraints(places[error.place]) from error
            yield from zip(places, encoded, together, strict=True)

    def _search(
        self, sources: Sequence[S], options: SearchOptions, constraints: Constraints | Sequence[Constraints]
    ) -> list[list[Hypothesis]]:
        found: list[list[Hypothesis]] = [[] for _ in sources]
        for place, _, hypotheses in self.each(sources, options, constraints):
            found[place] = hypotheses
        return found

    def _decoder(self, sources: Sequence[S], constraints: Sequence[Constraints]) -> Step:
        # A smaller vocabulary may lack what is asked for.
        if self._shorten is None or any(each.prefix or each.rest or each.required for each in constraints):
            return self._step
        return self._shorten(sources)
