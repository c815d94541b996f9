"""Which of the languages served a text is in, as far as the tokenizers can tell."""

import math
from collections.abc import Mapping

from edge.serve.refusal import Refusal
from edge.tokenizer import EOS, UNK, Tokenizer

# The log probability of an unknown piece is this much below that of the rarest known one, as in SentencePiece.
_UNKNOWN = 10.0
# What probabilities come to at most, when each was rounded.
_SUM = 1.05
# More evidence than this many pieces' would only pretend to be surer: pieces of a sentence depend on each other.
_PIECES = 8


class Detector:
    """Tells languages apart by their tokenizers' models of how frequent pieces are (naive Bayes).

    It knows the languages served and no others: of a text in another one it names the most similar. Of a text of pieces
    that no tokenizer knows it is not sure at all.

    Args:
        tokenizers: of each language that can be the source.
    """

    def __init__(self, tokenizers: Mapping[str, Tokenizer]):
        self._tokenizers = tokenizers
        scores = [tokenizer.scores[EOS + 1 :] for tokenizer in tokenizers.values()]
        # The ranks of a BPE model, taken for log probabilities, come to 1.58.
        probable = all(sum(map(math.exp, model)) < _SUM for model in scores)
        different = len({tuple(tokenizer.spellings) for tokenizer in tokenizers.values()}) == len(tokenizers)
        self._able = len(tokenizers) == 1 or (probable and different)

    def detect(self, text: str) -> list[tuple[str, float]]:
        """The languages and how sure it is of each, in percent, the most probable first.

        Raises:
            Refusal: the languages' tokenizers say nothing about them: they are the same for several, or BPE.
        """
        if not self._able:
            raise Refusal(400, f"cannot detect the language: name it, one of {', '.join(self._tokenizers)}")
        read = {language: tokenizer.encode(text)[:-1] for language, tokenizer in self._tokenizers.items()}
        rated = {language: self._rate(language, ids, len(text)) for language, ids in read.items()}
        best = max(rated.values())
        weights = {language: math.exp(rate - best) for language, rate in rated.items()}
        total = sum(weights.values())
        found = [
            (language, 100 * weight / total * (1 - read[language].count(UNK) / max(1, len(read[language]))))
            for language, weight in weights.items()
        ]
        return sorted(found, key=lambda each: -each[1])

    def _rate(self, language: str, ids: list[int], characters: int) -> float:
        """Log probability of a text, or of so many of its characters as count."""
        scores = self._tokenizers[language].scores
        rarest = min(scores[EOS + 1 :])
        total = sum(rarest - _UNKNOWN if index == UNK else scores[index] for index in ids)
        return total * min(1.0, 4 * _PIECES / max(1, characters))
