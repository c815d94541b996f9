"""Phrases that a translation must have: a beam with room for the hypotheses that have them.

Dynamic beam allocation, after Post and Vilar (2018): the beam is shared between hypotheses that have none, one, two and
more of the required tokens, so that those that have more are not crowded out by the more probable ones that have less.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge.errors import UserError
from edge.search.beam import Beam
from edge.search.history import End
from edge.search.options import SearchOptions
from edge.search.paths import Sentence
from edge.search.top import top
from edge.tokenizer import EOS


class Progress(NamedTuple):
    """How far a hypothesis is.

    Attributes:
        left: phrases that it has not got; one that it is in the middle of stands first.
        within: tokens of the first phrase that it has got.
    """

    left: tuple[tuple[int, ...], ...]
    within: int = 0

    @property
    def missing(self) -> int:
        """Tokens that are still to come."""
        return sum(map(len, self.left)) - self.within

    @property
    def wanted(self) -> list[int]:
        """Tokens that bring it nearer."""
        return [self.left[0][self.within]] if self.within else [phrase[0] for phrase in self.left]

    def after(self, token: int) -> "Progress":
        """How far it is with one token more."""
        left, within = self.left, self.within
        if within and left[0][within] != token:
            # Broken off: that token may begin a phrase.
            return Progress(left).after(token)
        if not within:
            started = [index for index, phrase in enumerate(left) if phrase[0] == token]
            if not started:
                return self
            left = (left[started[0]], *left[: started[0]], *left[started[0] + 1 :])
        within += 1
        return Progress(left[1:]) if within == len(left[0]) else Progress(left, within)


class RequiredBeam(Beam):
    """A beam search whose sentences end only when they have their required phrases.

    Args:
        sentences, options, vocabulary: as for `Paths`; a beam of two hypotheses or more, without groups.

    Raises:
        UserError: the beam is too small, or the phrases are longer than a translation may be.
    """

    def __init__(self, sentences: Sequence[Sentence], options: SearchOptions, vocabulary: np.ndarray | None):
        if options.beam < 2 or options.groups > 1:
            raise UserError("search: required phrases need a beam of 2 or more, without groups")
        super().__init__(sentences, options, vocabulary)
        self._greedy[:] = False
        self._progress = [[Progress(sentence.constraints.required)] * options.beam for sentence in self.sentences]
        for sentence in self.sentences:
            constraints = sentence.constraints
            needed = len(constraints.prefix) + len(constraints.rest) + sum(map(len, constraints.required))
            if needed > sentence.most:
                raise UserError(f"search: required phrases and prefix have {needed} pieces, of {sentence.most} at most")

    def drop_ended(self) -> np.ndarray:
        self._progress = [progress for progress, ended in zip(self._progress, self.ended, strict=True) if not ended]
        return super().drop_ended()

    def _choose(
        self,
        group: int,
        ranked: np.ndarray,
        logits: np.ndarray,
        normalizer: np.ndarray,
        attention: np.ndarray | None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        sums = self._sums[:, group]
        parents, columns = np.zeros(sums.shape, np.int64), np.zeros(sums.shape, np.int64)
        log_probabilities, after = np.zeros(sums.shape), np.full(sums.shape, -np.inf)
        step, width = len(self.history), self.options.beam
        for place, sentence in enumerate(self.sentences):
            candidates = self._candidates(place, ranked[place], normalizer[place], sentence.most - step - 1)
            for _, row, column, _ in (found for found in candidates[:width] if found[2] == EOS):
                own = float(logits[place, row, column] - normalizer[place, row])
                looked = None if attention is None else attention[place * width + row]
                end = End(step, place * width + row, own, looked)
                self._finish(place, float(sums[place, row]) + own, end)
            going = [found for found in candidates if found[2] != EOS]
            most = sum(map(len, sentence.constraints.required))
            met = [most - progress.missing for *_, progress in going]
            progress = []
            for rank, index in enumerate(_allocate(met, most, width)):
                total, row, column, reached = going[index]
                parents[place, rank], columns[place, rank], after[place, rank] = row, column, total
                log_probabilities[place, rank] = logits[place, row, column] - normalizer[place, row]
                progress.append(reached)
            self._progress[place] = progress + [Progress(())] * (width - len(progress))
        self._sums[:, group] = after
        return parents, columns, log_probabilities

    def _candidates(
        self, place: int, logits: np.ndarray, normalizer: np.ndarray, remaining: int
    ) -> list[tuple[float, int, int, Progress]]:
        """How a sentence's rows may go on: sum, row, column and progress, the most probable first.

        Args:
            place: of the sentence.
            logits, normalizer: of its rows.
            remaining: tokens that may come after the next one.
        """
        rows, vocabulary = logits.shape
        # Of each row by itself.
        _, best = top(logits[:, None], np.zeros((rows, 1)), min(2 * self.options.beam, vocabulary))
        found = []
        for row in self._living(place):
            progress = self._progress[place][row]
            for column in {*best[row].tolist(), *progress.wanted}:
                total = float(self._sums[place, 0, row] + logits[row, column] - normalizer[row])
                reached = progress.after(column)
                complete = column != EOS or not progress.missing
                if complete and reached.missing <= remaining and np.isfinite(total):
                    found.append((total, int(row), column, reached))
        return sorted(found, key=lambda candidate: (-candidate[0], *candidate[1:3]))


def _allocate(met: Sequence[int], most: int, width: int) -> list[int]:
    """Chooses candidates so that each number of required tokens has its share of the beam.

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
