"""What the training text says of the source language beside its tokenizer."""

import itertools
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.translation.abbreviations import AbbreviationCounter

FILE = "source.json"

# Number of sentences that are read: enough for frequent abbreviations.
_LOOKED_AT = 1_000_000

# A model that has seen more sources without a letter than this fraction has learned to translate them.
_LETTERLESS = 0.01


@dataclass(frozen=True)
class SourceText:
    """What a run knows of its source language.

    Attributes:
        letterless: more than 1 % of the training sources have no letter; elsewhere such text is its own translation.
        abbreviations: words whose full stop ends no sentence, case-folded, without it.
    """

    letterless: bool = False
    abbreviations: tuple[str, ...] = ()

    @classmethod
    def learn(cls, sources: Iterable[str]) -> "SourceText":
        """Learn from the training sources, of a large corpus from the first million."""
        counter, lines, letterless = AbbreviationCounter(), 0, 0
        for source in itertools.islice(sources, _LOOKED_AT):
            counter.add(source)
            lines += 1
            letterless += not any(map(str.isalpha, source))
        return cls(letterless > _LETTERLESS * lines, tuple(counter.abbreviations()))

    @classmethod
    def of(cls, run: Run) -> "SourceText":
        """Read what a run knows; nothing if it is of an earlier version."""
        known = run.read_json(FILE)
        return cls(known.get("letterless", False), tuple(known.get("abbreviations", ())))

    def save(self, run: Run) -> None:
        """Write the run's file, and log what is in it."""
        run.write_json(FILE, asdict(self))
        if self.abbreviations:
            shown = ", ".join(f"{word}." for word in self.abbreviations[:8])
            log(f"{len(self.abbreviations)} abbreviations found in the training sources, the most frequent: {shown}")
        if self.letterless:
            log("more than 1 % of the training sources have no letter: such text will be translated, not copied")
