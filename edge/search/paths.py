"""Base class of greedy search, random sampling and beam search."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from edge.errors import UserError
from edge.search.constraints import Constraints, mask
from edge.search.history import End, History
from edge.search.options import SearchOptions
from edge.search.penalties import coverage_penalty, length_penalty
from edge.search.step import Hypothesis
from edge.search.top import log_normalizer


class UnmetConstraints(UserError):
    """No translation of a sentence meets the constraints.

    Args:
        place: of the sentence among those that were given.
    """

    def __init__(self, place: int):
        super().__init__(
            f"search: no translation of sentence {place + 1} meets the constraints; use a larger --beam, or remove "
            "--require or --suppress"
        )
        self.place = place


class Sentence(NamedTuple):
    """What a search knows of a sentence.

    Attributes:
        number: its place among those that were given.
        positions: of its memory that are real; attention beyond them is padding's.
        seed: of random sampling, see `Source`.
        least, most: tokens of the target, EOS not counted.
        constraints: of the target.
    """

    number: int
    positions: int
    seed: Sequence[int]
    least: int
    most: int
    constraints: Constraints


class Choices(NamedTuple):
    """The allowed next tokens of the rows of a step.

    Attributes:
        scores: what continuations of a row are ranked by, `(rows, columns)`; minus infinity for what must not come.
        offsets: `(rows,)`; a score minus it is what a continuation adds to the sum of its hypothesis.
        logits: of the decoder, `(rows, columns)`: the scores themselves if nothing is joined with them.
        normalizer: `(rows,)`; a logit minus it is a log probability.
        vocabulary: the token of each column; None if they are the same.
    """

    scores: np.ndarray
    offsets: np.ndarray
    logits: np.ndarray
    normalizer: np.ndarray
    vocabulary: np.ndarray | None

    def taken(self, rows: np.ndarray | int, columns: np.ndarray | int) -> tuple[np.ndarray, np.ndarray]:
        """What continuations add to the sums, and their log probabilities."""
        added = self.scores[rows, columns] - self.offsets[rows]
        if self.logits is self.scores:
            return added, added
        return added, self.logits[rows, columns] - self.normalizer[rows]


class Paths(ABC):
    """The hypotheses of a batch of sentences, `width` rows each, and those that have ended.

    Args:
        sentences: the batch.
        options: of the search.
        vocabulary: the token of each column of the logits; None if they are the same.

    Attributes:
        sentences: those that have not been dropped.
        results: of each sentence that has been dropped, by its number: the hypotheses, the best first.
    """

    def __init__(self, sentences: Sequence[Sentence], options: SearchOptions, vocabulary: np.ndarray | None):
        self.sentences = list(sentences)
        self.options = options
        self.vocabulary = vocabulary
        self.history = History()
        self.results: dict[int, list[Hypothesis]] = {}
        self.ended = np.zeros(len(self.sentences), bool)
        self._most = np.array([sentence.most for sentence in self.sentences])
        # Of each sentence: score and end of the hypotheses that are kept, the best first, of equal ones the earlier.
        self._finished: list[list[tuple[float, End]]] = [[] for _ in self.sentences]
        # The score that a hypothesis must pass to be kept; there is none as long as there are too few.
        self._worst = np.full(len(self.sentences), -np.inf)
        self._masked = bool(options.no_repeat_ngram) or any(
            sentence.constraints or sentence.least for sentence in self.sentences
        )

    @abstractmethod
    def advance(
        self, logits: np.ndarray, attention: np.ndarray | None, prefix_scores: np.ndarray | None
    ) -> tuple[np.ndarray | None, np.ndarray]:
        """Takes a step.

        Args:
            logits: `(rows, columns)`.
            attention: `(rows, source_length)`, or None.
            prefix_scores: CTC's, of all tokens, `(rows, target_vocabulary)`, or None.

        Returns:
            The row that each row continues, None where each continues itself, and its token, int32; `(rows,)` both.
        """

    def decided(self, place: int) -> list[int]:
        """The tokens that all hypotheses of a sentence have in common which can still win.

        Args:
            place: of the sentence in `sentences`.
        """
        width = self.options.width
        going = self.history.tokens(self._living(place) + place * width).tolist()
        ended = [self._hypothesis(place, end, score).tokens for score, end in self._finished[place]]
        hypotheses = [*going, *ended]
        common = hypotheses[0] if hypotheses else []
        for tokens in hypotheses[1:]:
            same = [left == right for left, right in zip(common, tokens, strict=False)]
            common = common[: (*same, False).index(False)]
        return common

    def found(self, number: int) -> list[Hypothesis]:
        """The hypotheses of a sentence that has been dropped, the best first.

        Raises:
            UnmetConstraints: there are none.
        """
        if not self.results[number]:
            raise UnmetConstraints(number)
        return self.results[number]

    def drop_ended(self) -> np.ndarray:
        """Lets the sentences go that have ended.

        Returns:
            The rows of those that stay.
        """
        for place in np.flatnonzero(self.ended).tolist():
            found = [self._hypothesis(place, end, score) for score, end in self._finished[place]]
            self.results[self.sentences[place].number] = found
        stay = np.flatnonzero(~self.ended)
        width = self.options.width
        rows = (stay[:, None] * width + np.arange(width)).reshape(-1)
        self.history.keep(rows)
        self.sentences = [self.sentences[place] for place in stay]
        self._finished = [self._finished[place] for place in stay]
        self._most, self._worst, self.ended = self._most[stay], self._worst[stay], self.ended[stay]
        return rows

    @abstractmethod
    def _living(self, place: int) -> np.ndarray:
        """Which of a sentence's rows continue."""

    def _prepare(self, logits: np.ndarray, prefix_scores: np.ndarray | None) -> Choices:
        """Joins the scores of decoder and CTC, and rules out what must not come next."""
        normalizer = log_normalizer(logits)
        choices = Choices(logits, normalizer, logits, normalizer, self.vocabulary)
        if prefix_scores is not None:
            choices = self._joined(choices, prefix_scores)
        return self._allowed(choices) if self._masked else choices

    def _joined(self, choices: Choices, prefix_scores: np.ndarray) -> Choices:
        """Choices by the weighted sum of log probability and CTC prefix score."""
        weight = self.options.ctc_weight
        scores = weight * (prefix_scores if self.vocabulary is None else prefix_scores[:, self.vocabulary])
        if weight < 1:
            scores += (1 - weight) * (choices.logits - choices.normalizer[:, None])
        return choices._replace(scores=scores, offsets=np.zeros(len(scores)))

    def _allowed(self, choices: Choices) -> Choices:
        """Choices without what must not come next; their columns are the tokens."""
        scores, logits = choices.scores, choices.logits
        joined = logits is not scores
        if self.vocabulary is None:
            scores = scores.copy()
        else:
            named = [token for sentence in self.sentences for token in sentence.constraints.suppressed]
            shape = len(scores), max(int(self.vocabulary[-1]), *named, 0) + 1
            scores = _spread(scores, self.vocabulary, shape)
            logits = _spread(logits, self.vocabulary, shape) if joined else logits
        width = self.options.width
        for place, sentence in enumerate(self.sentences):
            rows = np.arange(place * width, (place + 1) * width)
            written = self.history.tokens(rows)
            own = scores[place * width : (place + 1) * width]
            mask(own, written, sentence.constraints, sentence.least, self.options.no_repeat_ngram)
        return choices._replace(scores=scores, logits=logits if joined else scores, vocabulary=None)

    def _finish(self, place: int, log_probability: float, end: End) -> None:
        """Keeps a hypothesis if it is one of the best.

        Args:
            place: of its sentence in `sentences`.
            log_probability: the sum of all of it.
            end: where it ends.
        """
        length = end.step + (end.log_probability is not None)
        score = float(log_probability / length_penalty(length, self.options))
        if self.options.coverage_penalty and (attention := self._hypothesis(place, end).attention) is not None:
            score += coverage_penalty(attention, self.options)
        kept = self._finished[place]
        if self.options.groups > 1:
            # Groups may find the same sentence; rows of one beam never do.
            tokens = self._hypothesis(place, end).tokens
            if any(self._hypothesis(place, other).tokens == tokens for _, other in kept):
                return
        kept.append((score, end))
        kept.sort(key=_score, reverse=True)
        del kept[self.options.n_best :]
        if len(kept) == self.options.n_best:
            self._worst[place] = kept[-1][0]

    def _hypothesis(self, place: int, end: End, score: float = 0.0) -> Hypothesis:
        return self.history.hypothesis(end, self.sentences[place].positions, score)


def _spread(columns: np.ndarray, vocabulary: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """A column of each token; minus infinity for tokens that have none."""
    whole = np.full(shape, -np.inf, columns.dtype)
    whole[:, vocabulary] = columns
    return whole


def _score(finished: tuple[float, End]) -> float:
    return finished[0]
