"""What a translation must and must not have."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from edge.search.repetition import too_frequent
from edge.tokenizer import EOS

SPACE = "▁"

_NEVER = -np.inf


@dataclass(frozen=True)
class Constraints:
    """Constraints on the translation of one sentence, as tokens.

    Attributes:
        prefix: what it begins with.
        rest: characters that come after the prefix, whatever their tokens; a space is `▁`. Needs `spellings`.
        required: phrases that appear in it; one that is there twice appears twice.
        suppressed: tokens that the output must not contain, unless the prefix has them.
        spellings: text of the tokens that may have some of `rest`.
        continuing: tokens that continue a word; they do not come right after a required phrase. Empty: they may.
        repeats: how often an n-gram may occur, for n = 1, 2 and so on; for n = 1 in a row. Empty: any number of times.
        places: positions of the source that each required phrase is the translation of; without any, of none.
        single: tokens that the output contains as often as the required phrases, and no further time.
    """

    prefix: tuple[int, ...] = ()
    rest: str = ""
    required: tuple[tuple[int, ...], ...] = ()
    suppressed: tuple[int, ...] = ()
    # Not compared: they follow from `rest`, and a mapping has no hash.
    spellings: Mapping[int, str] = field(default_factory=dict, compare=False)
    continuing: frozenset[int] = frozenset()
    repeats: tuple[int, ...] = ()
    places: tuple[frozenset[int], ...] = ()
    single: frozenset[int] = frozenset()

    @property
    def given(self) -> int:
        """How many tokens a translation has in any case."""
        return len(self.prefix) + bool(self.rest) + sum(map(len, self.required))

    def forced(self, tokens: Sequence[int]) -> list[int] | None:
        """The tokens of which the next one is, after `tokens`, because of the prefix; None when it is through."""
        if len(tokens) < len(self.prefix):
            return [self.prefix[len(tokens)]]
        rest = self.rest
        for token in tokens[len(self.prefix) :]:
            if not rest:
                break
            # Rows that do not continue have any tokens.
            rest = rest[len(self.spellings.get(token, "")) :]
        if not rest:
            return None
        fitting = [
            token
            for token, text in self.spellings.items()
            if text.startswith(rest) or (rest.startswith(text) and self.completes(rest[len(text) :]))
        ]
        # Where only a space is to come, the sentence may end instead.
        return [*fitting, *([EOS] if rest == SPACE else [])]

    def barred(self, tokens: Sequence[int]) -> list[int]:
        """The tokens that must not come after `tokens`: those used up, those that continue a required phrase's word."""
        return [*self._used_up(tokens), *self._continuing(tokens)]

    def _used_up(self, tokens: Sequence[int]) -> list[int]:
        if not self.single:
            return []
        most = Counter(token for phrase in self.required for token in phrase)
        return [token for token in self.single if tokens.count(token) >= most[token]]

    def _continuing(self, tokens: Sequence[int]) -> list[int]:
        if not self.continuing or not any(_ends_with(tokens, phrase) for phrase in self.required):
            return []
        # A phrase can be the beginning of another one.
        wanted = {
            phrase[length]
            for phrase in self.required
            for length in range(1, len(phrase))
            if _ends_with(tokens, phrase[:length])
        }
        return sorted(self.continuing - wanted)

    def completes(self, rest: str) -> bool:
        """Whether there are tokens for these characters, the last of them possibly for more."""
        possible = [False] * len(rest) + [True]
        for start in reversed(range(len(rest))):
            possible[start] = any(
                text.startswith(rest[start:]) or (rest.startswith(text, start) and possible[start + len(text)])
                for text in self.spellings.values()
            )
        return possible[0]

    def __bool__(self) -> bool:
        """Whether there is anything to heed."""
        return bool(self.prefix or self.rest or self.required or self.suppressed or self.repeats)


def constraints_of_each(constraints: Constraints | Sequence[Constraints], number: int) -> Sequence[Constraints]:
    """Return the constraints of each of a number of sentences, if they have the same or different ones."""
    return [constraints] * number if isinstance(constraints, Constraints) else constraints


def mask(logits: np.ndarray, history: np.ndarray, constraints: Constraints, least: int, ngram: int) -> None:
    """Makes impossible, in place, what must not come next.

    Args:
        logits: of one sentence's rows, `(rows, vocabulary)`.
        history: each row's tokens so far, `(rows, steps)`.
        constraints: of the sentence.
        least: tokens before EOS, at the least.
        ngram: no N-gram of this length is repeated; 0: off.
    """
    steps = history.shape[1]
    suppressed = list(constraints.suppressed)
    for row, tokens in zip(logits, history.tolist(), strict=True):
        if (forced := constraints.forced(tokens)) is not None:
            allowed = row[forced].copy()
            row[:] = _NEVER
            row[forced] = allowed
            continue
        end = row[EOS]
        row[suppressed] = _NEVER
        row[constraints.barred(tokens)] = _NEVER
        row[list(too_frequent(tokens, constraints.repeats))] = _NEVER
        if ngram:
            row[_repeating(tokens, ngram)] = _NEVER
        if steps < least:
            row[EOS] = _NEVER
        if not np.isfinite(row).any():
            # Where nothing is possible, the sentence ends.
            row[EOS] = end


def _ends_with(tokens: Sequence[int], phrase: tuple[int, ...]) -> bool:
    return tuple(tokens[-len(phrase) :]) == phrase


def _repeating(tokens: list[int], size: int) -> list[int]:
    """Tokens that would make the last `size` tokens a sequence that was there before."""
    last = tokens[len(tokens) - size + 1 :]
    starts = range(len(tokens) - size + 1)
    return [tokens[start + size - 1] for start in starts if tokens[start : start + size - 1] == last]
