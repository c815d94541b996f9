"""Language directions of a server, also with pivot translation."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from edge.bundle import Bundle
from edge.components import Components, open_components
from edge.errors import UserError
from edge.reader import Segment
from edge.serve.batcher import Batcher
from edge.serve.languages import bundle_languages, plain_code
from edge.serve.limits import Limits
from edge.tokenizer import EOS, Tokenizer
from edge.translation import Translation
from edge.translator import Translator


@dataclass(frozen=True, eq=False)
class Direction:
    """A bundle that is served.

    Attributes:
        source, target: language codes.
        bundle: where it comes from.
        components: what its translator is made of; the step belongs to the batcher's thread.
        batcher: translates with it.
    """

    source: str
    target: str
    bundle: Bundle
    components: Components
    batcher: Batcher[Segment, list[Translation]] = field(repr=False)

    @property
    def name(self) -> str:
        """As a model's name, for example `es-en`."""
        return f"{self.source}-{self.target}"


class Directions:
    """The directions of a server.

    Args:
        directions: no two alike; one may be within a language, for spelling or style.
    """

    def __init__(self, directions: Iterable[Direction]):
        self._direct = {(direction.source, direction.target): direction for direction in directions}
        self.by_name = {direction.name: direction for direction in self._direct.values()}

    @property
    def sources(self) -> dict[str, Tokenizer]:
        """The languages that can be translated, with what reads them."""
        return {direction.source: direction.components.source for direction in reversed(self._direct.values())}

    @property
    def languages(self) -> list[str]:
        """All languages, in order."""
        return sorted({language for pair in self._direct for language in pair})

    def targets(self, source: str) -> list[str]:
        """The languages that one can be translated into."""
        return [target for target in self.languages if self.path(source, target)]

    def path(self, source: str, target: str) -> list[Direction]:
        """Return the directions of a translation: one, two for pivot translation, or none if there is no path.

        Of several pivot languages, the first on the command line is used.
        """
        if direct := self._direct.get((source, target)):
            return [direct]
        if source == target:
            return []
        for first in self._direct.values():
            if first.source == source and (second := self._direct.get((first.target, target))):
                return [first, second]
        return []

    def close(self) -> None:
        """Finishes what the batchers have let in."""
        for direction in self._direct.values():
            direction.batcher.close()


def load_directions(
    bundles: Iterable[Bundle],
    limits: Limits,
    threads: int = 1,
    shortlist: bool = False,
    observe: Callable[[str, int, float], None] = lambda name, size, seconds: None,
    carry: bool = True,
) -> Directions:
    """Loads bundles.

    Args:
        bundles: for translation.
        limits: of the batchers.
        threads: how many each bundle's runtime may use.
        shortlist: as for `Translator`.
        observe: is told the name of a direction, the size of a batch and the seconds it took.
        carry: as for `Translator`.

    Raises:
        UserError: a bundle cannot be used, or two of them translate the same direction.
    """
    loaded: dict[str, tuple[tuple[str, str], Bundle, Translator]] = {}
    spellings: dict[str, str] = {}
    for bundle in bundles:
        translator = Translator(open_components(bundle, threads, shortlist, carry), batch=limits.batch)
        # The first sentences take longer than those after them. Not text: the model might know nothing of it.
        translator.translate_segments([Segment("", "", True, (EOS + 1, EOS))] * limits.batch)
        # One spelling of each language, the first: with es-EN and en-uk there is a way from es to uk.
        source, target = (spellings.setdefault(plain_code(code), code) for code in bundle_languages(bundle))
        name = f"{source}-{target}"
        if name in loaded:
            raise UserError(
                f"{bundle.path}: translates {source} to {target}, as {loaded[name][1].path} does; serve one of them"
            )
        loaded[name] = (source, target), bundle, translator

    def direction(pair: tuple[str, str], bundle: Bundle, translator: Translator) -> Direction:
        observed = functools.partial(observe, "-".join(pair))
        batcher = Batcher(
            translator.translate_segments,
            limits.batch,
            limits.wait,
            limits.queue,
            observed,
            translator.stream_segment,
        )
        return Direction(*pair, bundle, translator.components, batcher)

    return Directions(direction(*each) for each in loaded.values())
