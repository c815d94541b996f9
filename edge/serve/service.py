"""Translation within limits, for all interfaces of the server; pivot translation if no bundle has the direction."""

import asyncio
import functools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from edge.components import Components
from edge.confidence import confidence
from edge.glossary import Glossary
from edge.markup import Markup
from edge.reader import Segment, regroup
from edge.search.options import SearchOptions
from edge.serve.deadline import within
from edge.serve.detection import Detector
from edge.serve.directions import Direction, Directions
from edge.serve.languages import plain_code
from edge.serve.limits import Limits
from edge.serve.plain_text import PlainText
from edge.serve.refusal import Refusal
from edge.translation import Translation, joined

AUTO = "auto"
_NO_TERMS = Glossary()

# A text in segments, which is written again with their translations.
Document = Markup | PlainText
# What reads such a text.
Reader = Callable[[str, Components], Document]


@dataclass(frozen=True)
class Reading:
    """One way to translate a text.

    Attributes:
        text: the translation.
        sources: its sentences, as the last model on the way read them.
        sentences: the translation of each.
    """

    text: str
    sources: list[str]
    sentences: list[Translation]

    @property
    def confidence(self) -> float:
        """The geometric mean probability of all tokens, as `Translation.confidence`."""
        return confidence([score for sentence in self.sentences for score in sentence.token_scores])


class Service:
    """Translates the texts of requests.

    Args:
        directions: what there is.
        limits: of a request.
        beam: beam size; 1 is greedy search.
        glossaries: of directions, by their names.
    """

    def __init__(
        self,
        directions: Directions,
        limits: Limits,
        beam: int = 1,
        glossaries: Mapping[str, Glossary] = MappingProxyType({}),
    ):
        self.directions = directions
        self.limits = limits
        self.beam = beam
        self._glossaries = glossaries
        self._detector = Detector(directions.sources)
        self._spellings = {plain_code(code): code for code in (AUTO, *directions.languages)}

    def check(self, texts: Sequence[str]) -> None:
        """Refuses what is too much."""
        limits, characters = self.limits, sum(map(len, texts))
        if len(texts) > limits.items:
            raise Refusal(400, f"{len(texts)} texts are more than the {limits.items} of a request")
        if characters > limits.characters:
            raise Refusal(400, f"{characters} characters are more than the {limits.characters} of a request")

    def detect(self, text: str) -> list[tuple[str, float]]:
        """The languages a text may be in, with percents, the most probable first."""
        return self._detector.detect(text)

    def spelled(self, language: str) -> str:
        """A language's code as the server has it: `EN` is en, `pt_br` pt-BR. Any other text is what it is."""
        return self._spellings.get(plain_code(language), language)

    def loggable(self, language: str) -> str:
        """A language's code for the log; any other text may be the user's, and is `unknown` there."""
        return language if language in (AUTO, *self.directions.languages) else "unknown"

    @property
    def sources(self) -> list[str]:
        """What can be asked to translate from; any of them where they can be told apart."""
        return [*self.directions.sources, *([AUTO] if self._detector.able else [])]

    def path(self, source: str, target: str) -> list[Direction]:
        """The directions that lead from one language to the other; none if they are the same and no bundle is for it.

        Raises:
            Refusal: none do.
        """
        if path := self.directions.path(source, target):
            return path
        for language in (source, target):
            if language not in self.directions.languages:
                known = ", ".join(self.directions.languages)
                raise Refusal(400, f"{language[:20]!r} is not a language of this server: it has {known}")
        if source != target:
            raise Refusal(400, f"nothing here translates {source} to {target}")
        return []

    def check_glossary(self, path: Sequence[Direction], glossary: Glossary) -> None:
        """Refuses the glossary of a request for pivot translation: no model there translates its terms."""
        if glossary and len(path) > 1:
            names = " and ".join(direction.name for direction in path)
            raise Refusal(
                400, f"glossary: is for one model, and this translation takes {names}; translate in two steps"
            )

    def glossary_names(self, path: Sequence[Direction]) -> set[str]:
        """Return the names of the glossaries of directions."""
        return {self._glossaries[direction.name].name for direction in path if direction.name in self._glossaries}

    async def translate_from(
        self,
        sources: Sequence[str],
        texts: Sequence[str],
        target: str,
        alternatives: int = 0,
        document: Reader = PlainText,
        glossary: Glossary = _NO_TERMS,
    ) -> list[list[Reading]]:
        """Translates texts, each from its own language. Further arguments, result and errors as `translate`'s.

        Args:
            sources: the language of each text.
            texts: within the limits.
            target: language to translate to.
        """
        paths = {source: self.path(source, target) for source in sources}
        answers: dict[int, list[Reading]] = {}
        for language, path in paths.items():
            places = [place for place, source in enumerate(sources) if source == language]
            these = await self.translate([texts[place] for place in places], path, alternatives, document, glossary)
            answers |= zip(places, these, strict=True)
        return [answers[place] for place in range(len(texts))]

    async def translate(
        self,
        texts: Sequence[str],
        path: Sequence[Direction],
        alternatives: int = 0,
        document: Reader = PlainText,
        glossary: Glossary = _NO_TERMS,
    ) -> list[list[Reading]]:
        """Translates texts, sentence by sentence.

        Args:
            texts: within the limits.
            path: directions to take one after the other; without any a text is its own translation.
            alternatives: translations of each text wanted beside the best.
            document: what reads the texts, and writes their translations.
            glossary: further terms, which come before those of the direction's own glossary.

        Returns:
            The translations of each text, the best first; fewer than requested if there are fewer.

        Raises:
            Refusal: too many wait already, it takes too long, or there is a glossary for two directions.
        """
        self.check_glossary(path, glossary)
        if not path:
            return [[Reading(text, [], [])] for text in texts]
        async with within(self.limits.seconds):
            for direction in path[:-1]:
                texts = [readings[0].text for readings in await self._hop(texts, direction, 0, document)]
            return await self._hop(texts, path[-1], alternatives, document, glossary)

    async def stream(
        self,
        text: str,
        path: Sequence[Direction],
        document: Reader = PlainText,
        glossary: Glossary = _NO_TERMS,
    ) -> AsyncIterator[str]:
        """Translates a text, and yields its translation chunk by chunk. Arguments and errors as `translate`'s.

        HTML comes in one chunk: where a tag goes is known when a sentence is translated. So does a sentence with a
        term.
        """
        if document is not PlainText or not path:
            yield (await self.translate([text], path, 0, document, glossary))[0][0].text
            return
        self.check_glossary(path, glossary)
        started = asyncio.get_running_loop().time()
        async with within(self.limits.seconds, started):
            for direction in path[:-1]:
                text = (await self._hop([text], direction, 0, PlainText))[0][0].text
        for segment in self.apply_terms(path[-1].components.reader.sentences(text), path[-1], glossary):
            async for chunk in self._chunks(segment, path[-1], started):
                yield chunk

    async def _chunks(self, segment: Segment, direction: Direction, started: float) -> AsyncIterator[str]:
        chunks = direction.batcher.stream(segment, search_options(self.beam, 0))
        # The time that the reader takes between two chunks is not ours.
        while True:
            async with within(self.limits.seconds, started):
                if (chunk := await anext(chunks, None)) is None:
                    return
            yield chunk

    async def n_best(
        self, texts: Sequence[str], direction: Direction, options: SearchOptions
    ) -> list[list[Translation]]:
        """Translates each text as one sentence, if the model can read it whole. Errors as `translate`'s."""
        reader = direction.components.reader
        read = [self.apply_terms(reader.segments(text), direction) for text in texts]
        async with within(self.limits.seconds):
            return [joined(segments, found) for segments, found in await self._translated(read, direction, options)]

    async def _hop(
        self,
        texts: Sequence[str],
        direction: Direction,
        alternatives: int,
        document: Reader,
        glossary: Glossary = _NO_TERMS,
    ) -> list[list[Reading]]:
        documents = [document(text, direction.components) for text in texts]
        options = search_options(self.beam, alternatives)
        read = [self.apply_terms(each.segments, direction, glossary) for each in documents]
        found = await self._translated(read, direction, options)
        return [_readings(read, each) for read, (_, each) in zip(documents, found, strict=True)]

    def apply_terms(
        self, segments: Sequence[Segment], direction: Direction, glossary: Glossary = _NO_TERMS
    ) -> list[Segment]:
        """Return segments with the terms that they have of a request's glossary and of the direction's."""
        own = self._glossaries.get(direction.name, _NO_TERMS)
        return direction.components.reader.with_terms(segments, own.joined(glossary) if glossary else own)

    async def _translated(
        self, read: Sequence[list[Segment]], direction: Direction, options: SearchOptions
    ) -> list[tuple[list[Segment], list[list[Translation]]]]:
        """The segments of each text, and the translations of each segment."""
        found = await direction.batcher.decode([segment for segments in read for segment in segments], options)
        return list(zip(read, regroup(found, read), strict=True))


@functools.cache
def search_options(beam: int, alternatives: int) -> SearchOptions:
    """Return decoding options for the best translation and a number of alternatives, with at least this beam size."""
    return SearchOptions(beam=max(beam, alternatives + 1), n_best=alternatives + 1)


def _readings(document: Document, found: Sequence[Sequence[Translation]]) -> list[Reading]:
    """Different translations of a text: the second best has the second best of each sentence, and so on."""
    sources = [segment.text for segment in document.segments]
    readings: dict[str, Reading] = {}
    for rank in range(max(map(len, found), default=1)):
        chosen = [translations[min(rank, len(translations) - 1)] for translations in found]
        text = document.write(chosen)
        readings.setdefault(text, Reading(text, sources, chosen))
    return [*readings.values()]
