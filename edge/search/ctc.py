"""CTC prefix scores: probabilities of CTC for the next tokens of a hypothesis (Watanabe et al. 2017)."""

from collections.abc import Sequence

import numpy as np

from edge.tokenizer import BOS, EOS, PAD

# What CTC says where no token is spoken.
BLANK = PAD

# As good as the logarithm of 0: its exponential is 0. Finite, so that differences of its sums are numbers.
LOG_ZERO = -1e3

# A token is never less probable than this: a prefix that CTC finds impossible is followed all the same.
_LEAST = 1e-300
_NOTHING = -1e30


class PrefixScores:
    """The prefix scores of the hypotheses of several sources, `width` rows each.

    CTC writes a token or a blank at each position; its text is what remains without blanks and repetitions. The
    probability `psi(h)` that its text begins with a hypothesis `h` follows from two forward variables of each position:
    the probabilities that the text up to there is `h`, and that the position itself has the last token, or a blank.

    Those of all continuations are not needed: `psi(h c)` is the sum over positions of the probability that the text
    before it is `h`, times that of `c` there. This is a matrix product, and only what the search chooses is followed.

    Args:
        ctc: log probabilities of each source, `(positions, vocabulary)`; blank is `BLANK`, other control tokens do not
            count.
        width: hypotheses of each source.
    """

    def __init__(self, ctc: Sequence[np.ndarray], width: int):
        self._width = width
        longest, vocabulary = max(map(len, ctc)), ctc[0].shape[1]
        # Behind the end a blank is certain: nothing changes any more.
        self._logs = np.full((len(ctc), vocabulary, longest), -np.inf, ctc[0].dtype)
        self._logs[:, BLANK] = 0.0
        for place, log_probabilities in enumerate(ctc):
            self._logs[place, :, : len(log_probabilities)] = log_probabilities.T
        self._probabilities = np.exp(self._logs, dtype=np.float64)
        rows = len(ctc) * width
        # Of each row: its last token; the logarithms of `psi` and of the forward variables, from before the first
        # position to the last one.
        self._last = np.full(rows, BOS)
        self._psi = np.zeros(rows)
        self._in_token = np.full((rows, longest + 1), -np.inf)
        silent = np.cumsum(self._logs[:, BLANK], axis=1, dtype=np.float64)
        self._in_blank = np.repeat(np.pad(silent, [(0, 0), (1, 0)]), width, axis=0)

    def scores(self) -> np.ndarray:
        """What each token would add to the logarithm of `psi`, `(rows, vocabulary)`.

        That of EOS is the logarithm of the probability that CTC's text is the hypothesis, less that of `psi`. All are 0
        for a hypothesis that CTC finds impossible, and minus infinity for PAD and BOS.
        """
        rows, (sources, vocabulary, longest) = np.arange(len(self._last)), self._logs.shape
        whole = np.logaddexp(self._in_token, self._in_blank)
        shift = whole[:, :-1].max(axis=1, initial=_NOTHING, keepdims=True)
        weights = np.exp(whole[:, :-1] - shift).reshape(sources, self._width, longest)
        psi = np.matmul(weights, self._probabilities.transpose(0, 2, 1)).reshape(-1, vocabulary)
        # The last token is said again only after a blank.
        again = np.exp(self._in_blank[:, :-1] - shift) * self._probabilities[rows // self._width, self._last]
        psi[rows, self._last] = again.sum(axis=1)
        scores = np.log(np.maximum(psi, _LEAST, out=psi), out=psi)
        scores += shift
        scores[:, EOS] = np.maximum(whole[:, -1], _NOTHING)
        scores -= np.maximum(self._psi, _NOTHING)[:, None]
        np.clip(scores, np.log(_LEAST), 0.0, out=scores)
        scores[:, [PAD, BOS]] = -np.inf
        return scores

    def advance(self, parents: np.ndarray | None, tokens: np.ndarray) -> None:
        """Follows the hypotheses that were chosen.

        Args:
            parents: the row that each row continues, `(rows,)`; None where each continues itself.
            tokens: with which token, `(rows,)`.
        """
        rows = slice(None) if parents is None else parents
        in_token, in_blank = self._in_token[rows], self._in_blank[rows]
        places = np.arange(len(tokens)) // self._width
        logs, blank = (self._logs[places, column].astype(np.float64) for column in (tokens, BLANK))
        again = (tokens == self._last[rows])[:, None]
        begun = np.where(again, in_blank, np.logaddexp(in_token, in_blank))[:, :-1] + logs
        self._last = tokens
        self._psi = np.logaddexp.reduce(begun, axis=1)
        never = np.full((len(tokens), 1), -np.inf)
        self._in_token = np.hstack([never, _carried(begun, logs)])
        self._in_blank = np.hstack([never, _carried(self._in_token[:, :-1] + blank, blank)])

    def keep(self, rows: np.ndarray) -> None:
        """Keep some of the sources only: those of these rows."""
        places = rows[:: self._width] // self._width
        self._logs, self._probabilities = self._logs[places], self._probabilities[places]
        self._last, self._psi = self._last[rows], self._psi[rows]
        self._in_token, self._in_blank = self._in_token[rows], self._in_blank[rows]


def _carried(coming: np.ndarray, staying: np.ndarray) -> np.ndarray:
    """Forward variables, logarithms: those of each position are what stays of the position before and what comes.

    Args:
        coming: what comes at each position, `(rows, positions)`.
        staying: what the position before is multiplied by, `(rows, positions)`.
    """
    total = np.cumsum(np.maximum(staying, LOG_ZERO), axis=1)
    return total + np.logaddexp.accumulate(coming - total, axis=1)
