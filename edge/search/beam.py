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
        vocabulary = logits.shape[-1]
        totals, flat = top(ranked, sums - normalizer, min(2 * width, width * vocabulary))
        # The greedy path goes on with the best of the first row, which must be among the candidates.
        likeliest = ranked[:, 0].argmax(axis=1)[:, None]
        greedy = self._greedy[:, group, None]
        pinned = greedy & (flat == likeliest)
        lost = greedy[:, 0] & ~pinned.any(axis=1)
        flat[lost, -1], pinned[lost, -1] = likeliest[lost, 0], True
        rows, places = flat // vocabulary, np.arange(sentences)[:, None]
        columns = flat - rows * vocabulary
        log_probabilities = logits.reshape(sentences, -1)[places, flat] - normalizer[places, rows]
        totals = sums[places, rows] + log_probabilities
        ends = columns == EOS
        if ends.any():
            ended = ends & np.isfinite(totals) & (pinned | (np.arange(flat.shape[1]) < width))
            for place, rank in zip(*np.nonzero(ended), strict=True):
                row = (place * self.options.groups + group) * width + rows[place, rank]
                looked = None if attention is None else attention[row]
                end = End(len(self.history), row, float(log_probabilities[place, rank]), looked)
                self._finish(place, float(totals[place, rank]), end)
            totals[ends] = -np.inf
        # In order, but the greedy path first and what has ended last.
        keys = np.where(ends, flat.shape[1], np.where(pinned, -1, np.arange(flat.shape[1])))
        going = np.argsort(keys, axis=1, kind="stable")[:, :width]
        self._greedy[:, group] = (pinned & ~ends).any(axis=1)
        self._sums[:, group] = totals[places, going]
        return rows[places, going], columns[places, going], log_probabilities[places, going]

    def _end(self) -> None:
        """Ends the sentences in which nothing can come that is better, and those that are as long as may be."""
        for place in np.flatnonzero(self._most == len(self.history)):
            for row in self._living(place):
                end = End(len(self.history), place * self.options.width + row, None, None)
                self._finish(place, float(self._sums[place].reshape(-1)[row]), end)
            self._sums[place] = -np.inf
        # Where nothing goes on any more, both sides are minus infinity.
        self.ended = self._worst >= self._sums.max(axis=(1, 2)) / length_penalty(self._most, self.options)
        self._sums[self.ended] = -np.inf
