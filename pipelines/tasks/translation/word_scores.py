"""Scores of words: error rates of words and of their symbols."""

from dataclasses import dataclass
from typing import Any

from pipelines.data.pairs import PairReader
from pipelines.tasks.protocol import Metric
from pipelines.tasks.translation.served import Translate
from pipelines.tasks.translation.text_scores import Example, TextScores
from pipelines.tasks.translation.word_errors import (
    N_BEST,
    by_chance,
    confusion_table,
    confusions,
    is_right,
    score,
)

_WER = Metric("wer", "WER", larger_is_better=False, worst=100.0, tolerance=0.3)
_CER = Metric("cer", "CER", larger_is_better=False, worst=100.0)


@dataclass(frozen=True)
class WordScores(TextScores):
    """Implement `pipelines.tasks.protocol.Scores`. Lines of the same source are alternatives, and one example.

    Attributes:
        spaced: symbols of the target are separated by spaces; else each character is one.
    """

    spaced: bool

    metrics = (_WER, _CER, Metric("exact", "exact match"), Metric(f"exact@{N_BEST}", f"exact in {N_BEST} best"))
    logged = (Metric("perplexity", "perplexity", 2, larger_is_better=False), _WER, _CER)
    counted = "words"
    latency = ("sentence_ms", "ms per word")
    n_best = N_BEST

    def examples(self, data: PairReader, limit: int | None) -> list[Example]:
        """Return what is scored, at most `limit` of it: each source, in the order of the first line of each."""
        references: dict[str, list[str]] = {}
        for pair in data:
            references.setdefault(pair.source, []).append(pair.target)
        return [Example(*each) for each in references.items()][:limit]

    def score(self, predict: Translate, data: PairReader, limit: int | None, detailed: bool = False) -> dict[str, Any]:
        """Translate sources, at most `limit` of them, and score the translations."""
        examples = self.examples(data, limit)
        found = predict([example.source for example in examples])
        return score(found, [example.references for example in examples], self.spaced)

    def compare(self, outputs: list[Any], first: list[Any], data: PairReader, limit: int | None) -> dict[str, Any]:
        """Return wer, cer, same (percent equal to the first model's), p (McNemar's exact test) and confusions."""
        references = [example.references for example in self.examples(data, limit)]
        scores = score([[text] for text in outputs], references, self.spaced)
        right = [list(map(is_right, texts, references)) for texts in (first, outputs)]
        return {
            "wer": scores["wer"],
            "cer": scores["cer"],
            "same": 100.0 * sum(map(str.__eq__, outputs, first)) / len(first),
            "p": by_chance(*right),
            "notes": f"Most frequent confusions:\n\n{confusion_table(confusions(outputs, references, self.spaced))}",
        }
