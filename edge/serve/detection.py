"""Which of the languages served a text is in, as far as the tokenizers can tell."""

import math
from collections.abc import Mapping

from edge.search.constraints import SPACE
from edge.serve.refusal import Refusal
from edge.tokenizer import EOS, UNK, Tokenizer

# The log probability of an unknown character is this much below that of the rarest token, as in SentencePiece.
_UNKNOWN = 10.0
# Maximum sum of the probabilities, each of which was rounded.
_SUM = 1.05
# Maximum evidence in characters: more would only pretend certainty, because words of a sentence depend on each other.
_CHARACTERS = 32


class Detector:
    """Language detection with the token frequencies of the tokenizers (naive Bayes).

    It knows the languages served and no others: of a text in another one it names the most similar, and may be sure of
    it. It is as unsure as the characters of a text are unknown.

    Args:
        tokenizers: of each language that can be the source.

    Attributes:
        able: whether the tokenizers can tell them apart.
    """

    def __init__(self, tokenizers: Mapping[str, Tokenizer]):
        self._tokenizers = tokenizers
        self._unknown = {code: min(each.scores[EOS + 1 :]) - _UNKNOWN for code, each in tokenizers.items()}
        scores = [tokenizer.scores[EOS + 1 :] for tokenizer in tokenizers.values()]
        # The ranks of a BPE model, taken for log probabilities, have the sum 1.58.
        probable = all(sum(map(math.exp, model)) < _SUM for model in scores)
        different = len({tuple(tokenizer.spellings) for tokenizer in tokenizers.values()}) == len(tokenizers)
        self.able = len(tokenizers) == 1 or (probable and different)

    def detect(self, text: str) -> list[tuple[str, float]]:
        """The languages and how sure it is of each, in percent, the most probable first.

        Raises:
            Refusal: the languages' tokenizers say nothing about them: they are the same for several, or BPE.
        """
        if not self.able:
            raise Refusal(400, f"cannot detect the language: name it, one of {', '.join(self._tokenizers)}")
        rated, known = {}, {}
        for language, tokenizer in self._tokenizers.items():
            rated[language], known[language] = _rate(text, tokenizer, self._unknown[language])
        best = max(rated.values())
        weights = {language: math.exp(rate - best) for language, rate in rated.items()}
        total = sum(weights.values())
        found = [(language, 100 * known[language] * weight / total) for language, weight in weights.items()]
        return sorted(found, key=lambda each: -each[1])


def _rate(text: str, tokenizer: Tokenizer, unknown: float) -> tuple[float, float]:
    """Return the log probability of a text, and the fraction of its characters that is known."""
    total, characters, strange = 0.0, 0, 0
    for index, surface in zip(tokenizer.encode(text), tokenizer.surfaces(text), strict=False):
        length = len(surface.strip(SPACE))
        characters += length
        # Unknown characters in a row are one token.
        strange += length if index == UNK else 0
        total += unknown * length if index == UNK else tokenizer.scores[index]
    return total * min(1.0, _CHARACTERS / max(1, characters)), 1 - strange / max(1, characters)
