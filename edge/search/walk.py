"""Greedy search and random sampling."""

from collections.abc import Sequence

import numpy as np

from edge.search.history import End
from edge.search.options import SearchOptions
from edge.search.paths import Paths, Sentence
from edge.tokenizer import EOS


class Walk(Paths):
    """Each row takes the most probable token, or samples one, until EOS.

    Args:
        sentences, options, vocabulary: as for `Paths`.
    """

    def __init__(self, sentences: Sequence[Sentence], options: SearchOptions, vocabulary: np.ndarray | None):
        super().__init__(sentences, options, vocabulary)
        self._going = np.ones((len(self.sentences), options.width), bool)
        self._sums = np.zeros(self._going.shape)
        # Of its own for each sentence, so that its samples do not depend on the rest of the batch (a shortlist does).
        self._random = [np.random.default_rng([options.seed, *sentence.seed]) for sentence in self.sentences]

    def advance(
        self, logits: np.ndarray, attention: np.ndarray | None, prefix_scores: np.ndarray | None
    ) -> tuple[None, np.ndarray]:
        choices = self._prepare(logits, prefix_scores)
        scores, vocabulary = choices.scores, choices.vocabulary
        rows = np.arange(len(scores))
        chosen = self._draw(scores) if self.options.temperature else scores.argmax(axis=1)
        added, log_probabilities = choices.taken(rows, chosen)
        tokens = (chosen if vocabulary is None else vocabulary[chosen]).astype(np.int32)
        self._sums += added.reshape(self._sums.shape)
        ends = self._going & (tokens.reshape(self._going.shape) == EOS)
        step = len(self.history)
        for place, column in np.argwhere(ends).tolist():
            row = place * self.options.width + column
            looked = None if attention is None else attention[row]
            end = End(step, row, float(log_probabilities[row]), looked)
            self._finish(place, float(self._sums[place, column]), end)
        self._going[ends] = False
        self.history.append(rows, tokens, log_probabilities, attention)
        for place in np.flatnonzero(self._most == step + 1).tolist():
            for column in np.flatnonzero(self._going[place]).tolist():
                end = End(step + 1, place * self.options.width + column, None, None)
                self._finish(place, float(self._sums[place, column]), end)
            self._going[place] = False
        self.ended = ~np.logical_or.reduce(self._going, axis=1)
        return None, tokens

    def drop_ended(self) -> np.ndarray:
        stay = np.flatnonzero(~self.ended)
        self._going, self._sums = self._going[stay], self._sums[stay]
        self._random = [self._random[place] for place in stay]
        return super().drop_ended()

    def _living(self, place: int) -> np.ndarray:
        return np.flatnonzero(self._going[place])

    def _draw(self, logits: np.ndarray) -> np.ndarray:
        """Sample a column for each row: the one where the cumulative probability passes a uniform number."""
        options = self.options
        columns = None
        if options.top_k or options.top_p < 1:
            columns = np.argsort(-logits, axis=1, kind="stable")[:, : options.top_k or None]
            logits = np.take_along_axis(logits, columns, axis=1)
        scaled = logits / options.temperature
        cumulative = np.cumsum(np.exp(scaled - scaled.max(axis=1, keepdims=True), dtype=np.float64), axis=1)
        total = cumulative[:, -1]
        if options.top_p < 1:
            # The first column that reaches the probability is the last one kept.
            last = (cumulative < options.top_p * total[:, None]).sum(axis=1, keepdims=True)
            total = np.take_along_axis(cumulative, last, axis=1)[:, 0]
        uniform = np.concatenate([random.random(options.width) for random in self._random])
        drawn = (cumulative <= (uniform * total)[:, None]).sum(axis=1)
        return drawn if columns is None else columns[np.arange(len(drawn)), drawn]
