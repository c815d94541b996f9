"""How translations are made, scored and compared, those of runs and of bundles alike."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from edge.bundle import Manifest
from edge.search.options import SearchOptions
from edge.translator import Translator
from pipelines.data.columns import Columns
from pipelines.data.files import PathLike
from pipelines.data.pairs import PairReader
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.protocol import Decoding, Metric
from pipelines.tasks.translation.bleu import by_chance, score
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.served import ServedText, in_batches
from pipelines.tasks.translation.source_text import SourceText
from pipelines.tasks.translation.vocabularies import Vocabularies

# Sentences on which latency is measured.
_TIMED = 300

# Translations that are logged after each epoch.
_SHOWN = 3

Translate = Callable[[Sequence[str]], list[str]]

_BLEU, _CHRF = Metric("bleu", "BLEU"), Metric("chrf", "chrF")


class TranslationScores:
    """Implement `pipelines.tasks.protocol.Scores`."""

    metrics = (_BLEU, _CHRF, Metric("exact", "exact match"))
    logged = (Metric("perplexity", "perplexity", 2, larger_is_better=False), _BLEU, _CHRF)
    counted = "sentences"
    latency = ("sentence_ms", "ms per sentence")

    def bundle_reader(self, manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> PairReader:
        """Return pairs whose columns are as in the files that the bundle's run was trained on."""
        columns = manifest.get("columns")
        return PairReader(patterns, None if columns is None else Columns.parse(columns))

    def predictor(self, run: Run, network: keras.Model, decoding: Decoding) -> Translate:
        """Return what translates texts in batches in the graph: greedily, or with a beam."""
        assert isinstance(run.config, TranslationConfig)
        options = SearchOptions(beam=decoding.beam)
        longest = run.config.train.max_length
        letterless = SourceText.of(run).letterless
        served = ServedText(Vocabularies(run).files, longest, options=options, letterless=letterless).module(network)
        text = [tf.TensorSpec((None,), tf.string)]
        if options.beam == 1:
            search = tf.function(served.greedy_text, input_signature=text)
            return in_batches(lambda texts: search(texts)["translation"])
        search = tf.function(served.beam_text, input_signature=text)
        return in_batches(lambda texts: search(texts)["translation"][:, 0])

    def bundle_predictor(self, bundle: Path, decoding: Decoding) -> Translate:
        """Return what translates texts with a bundle."""
        translator = Translator(bundle, threads=decoding.threads, shortlist=decoding.shortlist)
        options = SearchOptions(beam=decoding.beam)
        return lambda texts: translator.translate(texts, options)

    def score(self, predict: Translate, data: PairReader, limit: int | None) -> dict[str, Any]:
        """Translate the sources of pairs, at most `limit` of them, and score the translations."""
        chosen = list(itertools.islice(data, limit))
        return score(predict([pair.source for pair in chosen]), [pair.target for pair in chosen])

    def show(self, run: Run, predict: Translate, sample: PairReader) -> None:
        """Log translations of some pairs."""
        shown = list(itertools.islice(sample, _SHOWN))
        for pair, translation in zip(shown, predict([pair.source for pair in shown]), strict=True):
            log(f"  {pair.source}  ->  {translation}  ({pair.target})")

    def identity(self, data: PairReader, limit: int | None) -> list[Any]:
        """Return the pairs."""
        return list(itertools.islice(data, limit))

    def outputs(self, predict: Translate, data: PairReader, limit: int | None) -> list[Any]:
        """Return translations."""
        return predict([pair.source for pair in itertools.islice(data, limit)])

    def compare(self, outputs: list[Any], first: list[Any], data: PairReader, limit: int | None) -> dict[str, Any]:
        """Return bleu, chrf, same (percent equal to the first model's), p (paired bootstrap) and BLEU's signature."""
        references = [pair.target for pair in itertools.islice(data, limit)]
        scores = score(outputs, references)
        return {
            "bleu": scores["bleu"],
            "chrf": scores["chrf"],
            "same": 100.0 * sum(map(str.__eq__, outputs, first)) / len(first),
            "p": by_chance(first, outputs, references),
            "signature": scores["signatures"]["bleu"],
        }

    def bench_input(self, data: PairReader, limit: int | None) -> str:
        """Return sources, one per line."""
        chosen = itertools.islice(data, min(_TIMED, limit or _TIMED))
        return "\n".join(pair.source for pair in chosen)
