"""Scores of sentences: BLEU and chrF."""

from typing import Any

from pipelines.data.pairs import PairReader
from pipelines.tasks.protocol import Metric
from pipelines.tasks.translation.bleu import by_chance, score
from pipelines.tasks.translation.served import Translate
from pipelines.tasks.translation.text_scores import TextScores

_BLEU, _CHRF = Metric("bleu", "BLEU", tolerance=0.3), Metric("chrf", "chrF")


class TranslationScores(TextScores):
    """Implement `pipelines.tasks.protocol.Scores`."""

    metrics = (_BLEU, _CHRF, Metric("exact", "exact match"))
    logged = (Metric("perplexity", "perplexity", 2, larger_is_better=False), _BLEU, _CHRF)
    counted = "sentences"
    latency = ("sentence_ms", "ms per sentence")

    def score(self, predict: Translate, data: PairReader, limit: int | None, detailed: bool = False) -> dict[str, Any]:
        """Translate the sources of pairs, at most `limit` of them, and score the translations."""
        return score(self.outputs(predict, data, limit), self._references(data, limit))

    def compare(self, outputs: list[Any], first: list[Any], data: PairReader, limit: int | None) -> dict[str, Any]:
        """Return bleu, chrf, same (percent equal to the first model's), p (paired bootstrap) and BLEU's signature."""
        references = self._references(data, limit)
        scores = score(outputs, references)
        return {
            "bleu": scores["bleu"],
            "chrf": scores["chrf"],
            "same": 100.0 * sum(map(str.__eq__, outputs, first)) / len(first),
            "p": by_chance(first, outputs, references),
            "signature": scores["signatures"]["bleu"],
        }

    def _references(self, data: PairReader, limit: int | None) -> list[str]:
        return [example.references[0] for example in self.examples(data, limit)]
