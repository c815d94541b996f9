"""Lexical constraints: beam search for translations with required phrases.

Dynamic beam allocation, after Post and Vilar (2018): the beam is divided among hypotheses that have none, one, two and
more of the required tokens, so that those that have more are not crowded out by the more probable ones that have less.

Where it is known which source positions a phrase translates, attention guides the search (Chatterjee et al. 2017): a
hypothesis gains nothing where it begins the phrase while it looks there, and loses where it does one without the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge.errors import UserError
from edge.search.beam import Beam
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions
from edge.search.paths import Choices, Sentence
from edge.search.top import Candidate
from edge.tokenizer import EOS

# Attention below this, or above one minus this, does not count as more certain.
_CERTAIN = 1e-3


class Progress(NamedTuple):
    """How far a hypothesis is.

    Attributes:
        left: phrases that have not appeared in it, each as often as it is still missing.
        tail: its last tokens, as many as the longest phrase has.
    """

    left: tuple[tuple[int, ...], ...]
    tail: tuple[int, ...] = ()

    @property
    def missing(self) -> int:
        """Tokens that are still to come: of one phrase the hypothesis may have the beginning."""
        begun = (self.begun(phrase) for phrase in self.left)
        return sum(map(len, self.left)) - max(begun, default=0)

    @property
    def wanted(self) -> list[int]:
        """Tokens that bring it nearer."""
        return [phrase[self.begun(phrase)] for phrase in self.left]

    def after(self, token: int) -> "Progress":
        """How far it is with one token more."""
        if not self.left:
            return self
        tail = (*self.tail, token)
        left = list(self.left)
        for phrase in set(self.left):
            if tail[-len(phrase) :] == phrase:
                left.remove(phrase)
        return Progress(tuple(left), tail[-max(map(len, self.left)) :])

    def begun(self, phrase: tuple[int, ...]) -> int:
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
        self._attention: np.ndarray | None = None
        self._progress = [[Progress(sentence.constraints.required)] * options.beam for sentence in self.sentences]
        for sentence in self.sentences:
            needed = sentence.constraints.given
            if needed > sentence.most:
                raise UserError(
                    f"search: required phrases and prefix have {needed} tokens, of {sentence.most} at most; use fewer"
                )

    def drop_ended(self) -> np.ndarray:
        self._progress = [progress for progress, ended in zip(self._progress, self.ended, strict=True) if not ended]
        return super().drop_ended()

    def advance(
        self, logits: np.ndarray, attention: np.ndarray | None, prefix_scores: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        self._attention = attention
        return super().advance(logits, attention, prefix_scores)

    def _prepare(self, logits: np.ndarray, prefix_scores: np.ndarray | None) -> Choices:
        choices = super()._prepare(logits, prefix_scores)
        if self._attention is None or not any(sentence.constraints.places for sentence in self.sentences):
            return choices
        scores = choices.scores.copy()
        for place, (sentence, progress) in enumerate(zip(self.sentences, self._progress, strict=True)):
            rows = range(place * self.options.beam, (place + 1) * self.options.beam)
            for row, reached in zip(rows, progress, strict=True):
                _guide(scores[row], self._attention[row], reached, sentence.constraints)
        return choices._replace(scores=scores)

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
        # Only what has all phrases can end: less probable hypotheses without them are no reason not to.
        ended = [candidate for candidate in possible if candidate.column == EOS]
        going = [candidate for candidate in possible if candidate.column != EOS]
        reached = [before[candidate.row].after(candidate.column) for candidate in going]
        most = sum(map(len, sentence.constraints.required))
        chosen = _allocate([most - progress.missing for progress in reached], most, width)
        self._progress[place] = [reached[index] for index in chosen] + [Progress(())] * (width - len(chosen))
        return [going[index] for index in chosen], ended


def _guide(scores: np.ndarray, attention: np.ndarray, progress: Progress, constraints: Constraints) -> None:
    """Add, in place, what attention says of a hypothesis that may begin phrases.

    Args:
        scores: of its next tokens, `(vocabulary,)`.
        attention: its weights, `(source_length,)`.
        progress: how far it is.
        constraints: of the sentence.
    """
    if any(map(progress.begun, progress.left)):
        return
    known: dict[tuple[int, ...], list[frozenset[int]]] = {}
    for phrase, positions in zip(constraints.required, constraints.places, strict=False):
        if positions and phrase in progress.left:
            known.setdefault(phrase, []).append(positions)
    # Of equal phrases the first ones are done.
    places = {phrase: set().union(*positions[-progress.left.count(phrase) :]) for phrase, positions in known.items()}
    if not places:
        return
    looked = {phrase: float(attention[sorted(positions)].sum()) for phrase, positions in places.items()}
    begins = {phrase[0]: scores[phrase[0]] + _log(looked[phrase]) for phrase in places}
    scores += _log(1.0 - float(attention[sorted(set().union(*places.values()))].sum()))
    for token, score in begins.items():
        scores[token] = score


def _log(probability: float) -> float:
    return float(np.log(min(max(probability, _CERTAIN), 1.0)))


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
