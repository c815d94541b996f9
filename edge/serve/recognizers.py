"""The recognizers of a server."""

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from edge.bundle import Bundle
from edge.errors import UserError
from edge.phrases import Phrase
from edge.recognizer import Recognizer
from edge.recognizer_components import open_recognizer_components
from edge.segments import Heard
from edge.serve.batcher import Batcher
from edge.serve.limits import Limits
from edge.serve.refusal import Refusal

# Phrases are larger than sentences: with more of them together nothing gets faster, and others wait longer.
_BATCH = 8


@dataclass(frozen=True, eq=False)
class ServedRecognizer:
    """A speech bundle that is served.

    Attributes:
        name: of the bundle's folder.
        bundle: where it comes from.
        recognizer: splits sound and puts transcripts together; the model belongs to the batcher's thread.
        batcher: transcribes phrases with it.
    """

    name: str
    bundle: Bundle
    recognizer: Recognizer
    batcher: Batcher[Phrase, list[Heard]] = field(repr=False)

    @property
    def source(self) -> str | None:
        """The language that is spoken, if the bundle says it."""
        return self._language("source")

    @property
    def target(self) -> str | None:
        """The language of the transcripts, if the bundle says it."""
        return self._language("target")

    def _language(self, side: str) -> str | None:
        told = self.bundle.manifest.get("languages")
        code = told.get(side) if isinstance(told, dict) else None
        return code if isinstance(code, str) else None


class Recognizers:
    """The recognizers of a server, by name.

    Args:
        recognizers: no two with one name.
    """

    def __init__(self, recognizers: Iterable[ServedRecognizer] = ()):
        self.by_name = {each.name: each for each in recognizers}

    def find(self, name: str) -> ServedRecognizer:
        """The recognizer that a request names. Where there is only one, it has any name: clients have their own.

        Raises:
            Refusal: there are several, and it is none of them.
        """
        if len(self.by_name) == 1:
            return next(iter(self.by_name.values()))
        if name not in self.by_name:
            raise Refusal(404, f"model: there is no such model; there is {', '.join(self.by_name)}")
        return self.by_name[name]

    def close(self) -> None:
        """Finishes what the batchers have let in."""
        for served in self.by_name.values():
            served.batcher.close()


def load_recognizers(
    bundles: Iterable[Bundle],
    limits: Limits,
    threads: int = 1,
    observe: Callable[[str, int, float], None] = lambda name, size, seconds: None,
) -> Recognizers:
    """Loads bundles.

    Args:
        bundles: for speech.
        limits: of the batchers.
        threads: how many each bundle's runtime may use.
        observe: is told the name of a recognizer, the size of a batch and the seconds it took.

    Raises:
        UserError: a bundle cannot be used, or two of them have one name.
    """
    loaded: dict[str, tuple[Bundle, Recognizer]] = {}
    for bundle in bundles:
        name = bundle.path.resolve().name
        if name in loaded:
            raise UserError(f"{bundle.path}: is called {name}, as {loaded[name][0].path} is; rename one of the folders")
        loaded[name] = bundle, _opened(bundle, threads)

    def served(name: str, bundle: Bundle, recognizer: Recognizer) -> ServedRecognizer:
        observed = functools.partial(observe, name)
        batch = min(_BATCH, limits.batch)
        batcher = Batcher(recognizer.transcribe_phrases, batch, limits.wait, limits.queue, observed)
        return ServedRecognizer(name, bundle, recognizer, batcher)

    return Recognizers(served(name, *each) for name, each in loaded.items())


def _opened(bundle: Bundle, threads: int) -> Recognizer:
    recognizer = Recognizer(open_recognizer_components(bundle, threads), batch=_BATCH)
    # The first phrase takes longer than those after it.
    samples = np.zeros(min(recognizer.rate, recognizer.components.max_samples), np.float32)
    recognizer.transcribe_phrases([Phrase(0, samples, [])])
    return recognizer
