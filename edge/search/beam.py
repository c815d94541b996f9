"""Beam search, plain and diverse."""

from collections.abc import Sequence

import numpy as np

from edge.search.history import End
from edge.search.options import SearchOptions
from edge.search.paths import Choices, Paths, Sentence
from edge.search.penalties import length_penalty
from edge.search.top import Candidate, candidates
from edge.tokenizer import EOS


class Beam(Paths):
    """Beam search: the most probable hypotheses of each sentence.

    Twice as many candidates as rows are considered, so that a full beam of unfinished hypotheses remains however
    many end. Two things differ from the textbook, and the graph's search does the same:

    - The first row follows the greedy path until that has ended, if need be instead of the last candidate. So the
      result is never worse than greedy search's.
    - A sentence is through when no hypothesis can pass those that have ended any more: log probabilities and CTC prefix
      scores only fall, and a length penalty can be no larger than at the greatest length.

    With groups (Vijayakumar et al. 2018) each group is a beam of its own; a token loses `diversity` for each hypothesis
    of an earlier group that took it in the same step.

    Args:
        sentences, options, vocabulary: as for `Paths`.
    """

    def __init__(self, sentences: Sequence[Sentence], options: SearchOptions, vocabulary: np.ndarray | None):
        super().__init__(sentences, options, vocabulary)
        # Sums of what was added, and whether a group's first row is the greedy path.
        shape = (len(self.sentences), options.groups, options.beam // options.groups)
        self._sums = np.full(shape, -np.inf)
        self._sums[:, :, 0] = 0.0
        self._greedy = [[True] * options.groups for _ in self.sentences]
        self._prepare_ends()

    def advance(
        self, logits: np.ndarray, attention: np.ndarray | None, prefix_scores: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        choices = self._prepare(logits, prefix_scores)
        shape = self._sums.shape
        sentences, groups, width = shape
        scores = choices.scores.reshape(*shape, -1)
        offsets = self._sums - choices.offsets.reshape(shape)
        parents, columns, going = ([[[0] * width] * groups for _ in range(sentences)] for _ in range(3))
        for group in range(groups):
            ranked = scores[:, group]
            if group:
                ranked = ranked - self._taken(columns, going, group, scores.shape[-1])
            for place, found in enumerate(candidates(ranked, offsets[:, group], 2 * width)):
                if not found:
                    continue
                chosen, ended = self._choose(place, group, found, ranked[place], offsets[place, group])
                for candidate in ended:
                    self._end_row(place, group, candidate, choices, attention)
                rest = [0] * (width - len(chosen))
                parents[place][group] = [candidate.row for candidate in chosen] + rest
                columns[place][group] = [candidate.column for candidate in chosen] + rest
                going[place][group] = [1] * len(chosen) + rest
        rows = np.arange(0, sentences * groups * width, width).reshape(sentences, groups, 1) + np.array(parents)
        rows, chosen_columns = rows.reshape(-1), np.array(columns).reshape(-1)
        added, log_probabilities = choices.taken(rows, chosen_columns)
        sums = self._sums.reshape(-1)[rows] + added
        self._sums = np.where(going, sums.reshape(shape), -np.inf)
        vocabulary = choices.vocabulary
        tokens = (chosen_columns if vocabulary is None else vocabulary[chosen_columns]).astype(np.int32)
        self.history.append(rows, tokens, log_probabilities, attention)
        self._end()
        return rows, tokens

    def drop_ended(self) -> np.ndarray:
        self._sums = self._sums[~self.ended]
        self._greedy = [greedy for greedy, ended in zip(self._greedy, self.ended, strict=True) if not ended]
        rows = super().drop_ended()
        self._prepare_ends()
        return rows

    def _living(self, place: int) -> np.ndarray:
        return np.flatnonzero(np.isfinite(self._sums[place].reshape(-1)))

    def _choose(
        self, place: int, group: int, found: list[Candidate], ranked: np.ndarray, offsets: np.ndarray
    ) -> tuple[list[Candidate], list[Candidate]]:
        """Chooses how the rows of a group continue.

        Args:
            place: of the sentence.
            group: which one.
            found: candidates, the best first.
            ranked: what they are ranked by, scores or less, `(rows, columns)`.
            offsets: of the rows.

        Returns:
            The candidates that continue, at most one for each row, and those that end.
        """
        width = len(ranked)
        found, first = found[: 2 * width], None
        if self._greedy[place][group]:
            # The first row's best candidate, which must be among them.
            first = next((candidate for candidate in found if candidate.row == 0), None)
            if first is None:
                column = int(ranked[0].argmax())
                first = Candidate(float(ranked[0, column] + offsets[0]), 0, column)
                found[2 * width - 1 :] = [first]
            self._greedy[place][group] = first.column != EOS
        ended = [
            candidate
            for rank, candidate in enumerate(found)
            if candidate.column == EOS and (rank < width or candidate is first)
        ]
        chosen = [candidate for candidate in found if candidate.column != EOS and candidate is not first]
        if first is not None and first.column != EOS:
            chosen.insert(0, first)
        return chosen[:width], ended

    def _taken(self, columns: list, going: list, group: int, vocabulary: int) -> np.ndarray:
        """What tokens lose because earlier groups have taken them in this step, `(sentences, 1, vocabulary)`."""
        lost = np.zeros((len(columns), 1, vocabulary), np.float32)
        for place, (taken, real) in enumerate(zip(columns, going, strict=True)):
            # Rows that do not continue take nothing.
            np.add.at(lost[place, 0], np.array(taken[:group]), self.options.diversity * np.array(real[:group]))
        return lost

    def _end_row(
        self, place: int, group: int, candidate: Candidate, choices: Choices, attention: np.ndarray | None
    ) -> None:
        row = (place * self.options.groups + group) * self._sums.shape[2] + candidate.row
        added, log_probability = map(float, choices.taken(row, candidate.column))
        end = End(len(self.history), row, log_probability, None if attention is None else attention[row])
        self._finish(place, float(self._sums[place, group, candidate.row]) + added, end)

    def _prepare_ends(self) -> None:
        """Computes what `_end` compares with, once for many steps."""
        self._first_most = min(self._most, default=0)
        self._longest_penalty = length_penalty(self._most, self.options)

    def _end(self) -> None:
        """Ends the sentences in which nothing can come that is better, and those that are as long as may be."""
        steps = len(self.history)
        if steps >= self._first_most:
            for place in np.flatnonzero(self._most == steps).tolist():
                for row in self._living(place).tolist():
                    end = End(steps, place * self.options.width + row, None, None)
                    self._finish(place, float(self._sums[place].reshape(-1)[row]), end)
                self._sums[place] = -np.inf
        # Where no hypothesis continues, both sides are minus infinity.
        self.ended = self._worst >= self._sums.max(axis=(1, 2)) / self._longest_penalty
        if self.ended.any():
            self._sums[self.ended] = -np.inf
