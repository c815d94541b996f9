"""Beam search, plain and diverse."""

from collections.abc import Sequence

import numpy as np

from edge.search.history import End
from edge.search.options import SearchOptions
from edge.search.paths import Paths, Sentence
from edge.search.penalties import length_penalty
from edge.search.top import top
from edge.tokenizer import EOS


class Beam(Paths):
    """The most probable hypotheses of each sentence, side by side.

    Twice as many candidates as there are rows are looked at, so that a full beam of unfinished hypotheses goes on
    however many end. Two things differ from the textbook, and the graph's search does the same:

    - The first row follows the greedy path until that has ended, if need be instead of the last candidate. So the
      result is never worse than greedy search's.
    - A sentence is through when no hypothesis can pass those that have ended any more: log probabilities only fall, and
      a length penalty can be no larger than at the greatest length.

    With groups (Vijayakumar et al. 2018) each group is a beam of its own; a token loses `diversity` for each hypothesis
    of an earlier group that took it in the same step.

    Args:
        sentences, options, vocabulary: as for `Paths`.
    """

    def __init__(self, sentences: Sequence[Sentence], options: SearchOptions, vocabulary: np.ndarray | None):
        super().__init__(sentences, options, vocabulary)
        # Sums of log probabilities, and whether a group's first row is the greedy path.
        shape = (len(self.sentences), options.groups, options.beam // options.groups)
        self._sums = np.full(shape, -np.inf)
        self._sums[:, :, 0] = 0.0
        self._greedy = np.ones(shape[:2], bool)

    def advance(self, logits: np.ndarray, attention: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        logits, normalizer, vocabulary = self._prepare(logits)
        sentences, groups, width = self._sums.shape
        logits = logits.reshape(sentences, groups, width, -1)
        normalizer = normalizer.reshape(sentences, groups, width)
        parents = np.empty(self._sums.shape, np.int64)
        columns, log_probabilities = np.empty_like(parents), np.empty(self._sums.shape)
        lost = np.zeros((sentences, 1, logits.shape[-1]), logits.dtype) if groups > 1 else None
        for group in range(groups):
            own = logits[:, group]
            chosen = self._choose(group, own if lost is None else own - lost, own, normalizer[:, group], attention)
            parents[:, group], columns[:, group], log_probabilities[:, group] = chosen
            if lost is not None:
                np.add.at(lost, (np.arange(sentences)[:, None], 0, chosen[1]), self.options.diversity)
        offsets = np.arange(sentences * groups).reshape(sentences, groups, 1) * width
        parents = (parents + offsets).reshape(-1)
        columns = columns.reshape(-1)
        tokens = (columns if vocabulary is None else vocabulary[columns]).astype(np.int32)
        self.history.append(parents, tokens, log_probabilities.reshape(-1), attention)
        self._end()
        return parents, tokens

    def drop_ended(self) -> np.ndarray:
        stay = np.flatnonzero(~self.ended)
        self._sums, self._greedy = self._sums[stay], self._greedy[stay]
        return super().drop_ended()

    def _living(self, place: int) -> np.ndarray:
        return np.flatnonzero(np.isfinite(self._sums[place].reshape(-1)))

    def _choose(
        self,
        group: int,
        ranked: np.ndarray,
        logits: np.ndarray,
        normalizer: np.ndarray,
        attention: np.ndarray | None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Chooses the rows of a group that go on, and keeps what ends.

        Args:
            group: which one.
            ranked: what candidates are ranked by, logits or less, `(sentences, width, columns)`.
            logits, normalizer: what log probabilities are made of.
            attention: of all rows.

        Returns:
            Parents within the group, columns and log probabilities, `(sentences, width)` each.
        """
        sums = self._sums[:, group]
        sentences, width = sums.shape
        each = min(2 * width, ranked.shape[-1])
        values, columns = top(ranked.reshape(sentences * width, -1), each)
        totals = (sums - normalizer)[:, :, None] + values.reshape(sentences, width, each)
        totals, columns = totals.reshape(sentences, -1), columns.reshape(sentences, -1)
        order = np.argsort(-totals, axis=1, kind="stable")[:, : 2 * width]
        # The greedy path goes on with the first candidate of the first row, which must be among them.
        greedy = self._greedy[:, group]
        lost = greedy & (order != 0).all(axis=1)
        order[lost, -1] = 0
        pinned = greedy[:, None] & (order == 0)
        rows, places = order // each, np.arange(sentences)[:, None]
        columns = np.take_along_axis(columns, order, axis=1)
        log_probabilities = logits[places, rows, columns] - normalizer[places, rows]
        sums = sums[places, rows] + log_probabilities
        ends = columns == EOS
        for place, rank in zip(*np.nonzero(ends & np.isfinite(sums)), strict=True):
            if rank < width or pinned[place, rank]:
                row = (place * self.options.groups + group) * width + rows[place, rank]
                looked = None if attention is None else attention[row]
                end = End(len(self.history), row, float(log_probabilities[place, rank]), looked)
                self._finish(place, float(sums[place, rank]), end)
        self._greedy[:, group] = (pinned & ~ends).any(axis=1)
        # In order, but the greedy path first and what has ended last.
        keys = np.where(ends, order.shape[1], np.where(pinned, -1, np.arange(order.shape[1])))
        going = np.argsort(keys, axis=1, kind="stable")[:, :width]
        sums = np.where(ends, -np.inf, sums)
        self._sums[:, group] = np.take_along_axis(sums, going, axis=1)
        return tuple(np.take_along_axis(array, going, axis=1) for array in (rows, columns, log_probabilities))

    def _end(self) -> None:
        """Ends the sentences in which nothing can come that is better, and those that are as long as may be."""
        steps, n_best = len(self.history), self.options.n_best
        best = self._sums.max(axis=(1, 2))
        bounds = best / length_penalty(self._most, self.options)
        for place, (bound, kept) in enumerate(zip(bounds, self._finished, strict=True)):
            if self._most[place] == steps:
                self._cut(place)
            elif len(kept) < n_best:
                self.ended[place] = not np.isfinite(bound)
            else:
                self.ended[place] = min(score for score, _ in kept) >= bound
        self._sums[self.ended] = -np.inf

    def _cut(self, place: int) -> None:
        """Ends a sentence at its greatest length."""
        for row in self._living(place):
            end = End(len(self.history), place * self.options.width + row, None, None)
            self._finish(place, float(self._sums[place].reshape(-1)[row]), end)
        self.ended[place] = True
