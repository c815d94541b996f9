"""Lexical constraints: beam search for translations with required phrases.

Dynamic beam allocation, after Post and Vilar (2018): the beam is divided among hypotheses that have none, one, two and
more of the required tokens, so that those that have more are not crowded out by the more probable ones that have less.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge.errors import UserError
from edge.search.beam import Beam
from edge.search.options import SearchOptions
from edge.search.paths import Sentence
from edge.search.top import Candidate
from edge.tokenizer import EOS


class Progress(NamedTuple):
    """How far a hypothesis is.

    Attributes:
        left: phrases that have not appeared in it.
        tail: its last tokens, as many as the longest phrase has.
    """

    left: tuple[tuple[int, ...], ...]
    tail: tuple[int, ...] = ()

    @property
    def missing(self) -> int:
        """Tokens that are still to come: of one phrase the hypothesis may have the beginning."""
        begun = (self._begun(phrase) for phrase in self.left)
        return sum(map(len, self.left)) - max(begun, default=0)

    @property
    def wanted(self) -> list[int]:
        """Tokens that bring it nearer."""
        return [phrase[self._begun(phrase)] for phrase in self.left]

    def after(self, token: int) -> "Progress":
        """How far it is with one token more."""
        if not self.left:
            return self
        tail = (*self.tail, token)
        left = tuple(phrase for phrase in self.left if tail[-len(phrase) :] != phrase)
        return Progress(left, tail[-max(map(len, self.left)) :])

    def _begun(self, phrase: tuple[int, ...]) -> int:
        """How many of the last tokens are the beginning of a phrase."""
        lengths = range(min(len(phrase) - 1, len(self.tail)), 0, -1)
        return next((length for length in lengths if self.tail[-length:] == phrase[:length]), 0)


class RequiredBeam(Beam):
    """A beam search whose sentences end only when they have their required phrases.

    Args:
        sentences, options, vocabulary: as for `Paths`; a beam of two hypotheses or more, without groups.

    Raises:
        UserError: the beam is too small, or the phrases are longer than a translation may be.
    """

    def __init__(self, sentences: Sequence[Sentence], options: SearchOptions, vocabulary: np.ndarray | None):
        if options.beam < 2 or options.groups > 1:
            raise UserError("search: required phrases need a beam of 2 or more, without groups; use --beam 5")
        super().__init__(sentences, options, vocabulary)
        self._progress = [[Progress(sentence.constraints.required)] * options.beam for sentence in self.sentences]
        for sentence in self.sentences:
            constraints = sentence.constraints
            needed = len(constraints.prefix) + bool(constraints.rest) + sum(map(len, constraints.required))
            if needed > sentence.most:
                raise UserError(
                    f"search: required phrases and prefix have {needed} tokens, of {sentence.most} at most; use fewer"
                )

    def drop_ended(self) -> np.ndarray:
        self._progress = [progress for progress, ended in zip(self._progress, self.ended, strict=True) if not ended]
        return super().drop_ended()

    def _choose(
        self, place: int, group: int, found: list[Candidate], ranked: np.ndarray, offsets: np.ndarray
    ) -> tuple[list[Candidate], list[Candidate]]:
        sentence, width = self.sentences[place], len(ranked)
        before = self._progress[place]
        # Beside what is most probable: what each row says next, and what brings it nearer.
        places = {(candidate.row, candidate.column) for candidate in found[: 2 * width]}
        for row in np.flatnonzero(np.isfinite(offsets)).tolist():
            places |= {(row, column) for column in (int(ranked[row].argmax()), *before[row].wanted)}
        totals = ((float(ranked[row, column] + offsets[row]), row, column) for row, column in places)
        remaining = sentence.most - len(self.history) - 1
        possible = [
            Candidate(total, row, column)
            for total, row, column in sorted(totals, key=lambda one: (-one[0], *one[1:]))
            if np.isfinite(total)
            and before[row].after(column).missing <= remaining
            and not (column == EOS and before[row].missing)
        ]
        ended = [candidate for candidate in possible[:width] if candidate.column == EOS]
        going = [candidate for candidate in possible if candidate.column != EOS]
        reached = [before[candidate.row].after(candidate.column) for candidate in going]
        most = sum(map(len, sentence.constraints.required))
        chosen = _allocate([most - progress.missing for progress in reached], most, width)
        self._progress[place] = [reached[index] for index in chosen] + [Progress(())] * (width - len(chosen))
        return [going[index] for index in chosen], ended


def _allocate(met: Sequence[int], most: int, width: int) -> list[int]:
    """Chooses candidates so that each number of required tokens has equally many rows of the beam.

    Args:
        met: of each candidate, the best first, how many required tokens it has.
        most: how many there are.
        width: of the beam.

    Returns:
        Indices of at most `width` candidates, in ascending order.
    """
    banks: list[list[int]] = [[] for _ in range(most + 1)]
    for index, number in enumerate(met):
        banks[number].append(index)
    chosen: list[int] = []
    # In turn, those that have the most first; the places of an empty bank go to the others.
    while len(chosen) < width and any(banks):
        for bank in reversed(banks):
            if bank and len(chosen) < width:
                chosen.append(bank.pop(0))
    return sorted(chosen)
