"""How translations are scored, compared and timed, those of runs and of bundles alike."""

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from edge.bundle import Manifest
from edge.search.options import SearchOptions
from edge.translator import Translator
from pipelines.data.columns import Columns
from pipelines.data.pairs import PairReader, PathLike
from pipelines.tasks.translation.bleu import by_chance, score

GREEDY = SearchOptions()

# Sentences that speed is measured on.
_TIMED = 300


class TranslationScores:
    """What the translation task knows without a run."""

    @staticmethod
    def bundle_reader(manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> PairReader:
        """Pairs whose columns are as in the files that the bundle's run was trained on."""
        return PairReader(patterns, Columns().swapped if manifest["reverse"] else None)

    @staticmethod
    def bundle_predictor(
        bundle: Path, threads: int = 1, options: SearchOptions = GREEDY, shortlist: bool = False
    ) -> Callable[[Sequence[str]], list[str]]:
        """Texts to translations on the device's runner."""
        translator = Translator(bundle, threads=threads, shortlist=shortlist)
        return lambda texts: translator.translate(texts, options)

    @staticmethod
    def score(predict: Callable[[Sequence[str]], list[str]], pairs: PairReader, limit: int | None) -> dict[str, Any]:
        """Translates the sources of pairs, at most `limit` of them, and scores the translations."""
        chosen = list(itertools.islice(pairs, limit))
        return score(predict([pair.source for pair in chosen]), [pair.target for pair in chosen])

    # What a report is made of.

    @staticmethod
    def identity(pairs: PairReader, limit: int | None) -> list[Any]:
        """What tells these data from others, as JSON has it."""
        return list(itertools.islice(pairs, limit))

    @staticmethod
    def outputs(predict: Callable[[Sequence[str]], list[str]], pairs: PairReader, limit: int | None) -> list[Any]:
        """What `compared` needs of the predictions, as JSON has it."""
        return predict([pair.source for pair in itertools.islice(pairs, limit)])

    @staticmethod
    def compared(outputs: list[Any], first: list[Any], pairs: PairReader, limit: int | None) -> dict[str, Any]:
        """Scores of outputs, and how they differ from the first ones: columns of a report."""
        references = [pair.target for pair in itertools.islice(pairs, limit)]
        scores = score(outputs, references)
        return {
            "bleu": scores["bleu"],
            "chrf": scores["chrf"],
            "same": 100.0 * sum(map(str.__eq__, outputs, first)) / len(first),
            "p": by_chance(first, outputs, references),
            "signature": scores["signatures"]["bleu"],
        }

    @staticmethod
    def bench_input(pairs: PairReader, limit: int | None) -> str:
        """What speed is measured on: lines for `python -m edge bench --source`."""
        chosen = itertools.islice(pairs, min(_TIMED, limit or _TIMED))
        return "\n".join(pair.source for pair in chosen)

    @staticmethod
    def headline(scores: Mapping[str, Any]) -> str:
        """Scores in a few words."""
        return f"BLEU {scores['bleu']:.1f}, chrF {scores['chrf']:.1f} on {scores['sentences']} validation sentences"
