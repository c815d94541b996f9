"""How translations are made to be scored, those of runs and of bundles alike."""

import itertools
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

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
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.served import ServedText, Translate, in_batches
from pipelines.tasks.translation.source_text import SourceText
from pipelines.tasks.translation.vocabularies import Vocabularies

# Sentences on which latency is measured.
_TIMED = 300

# Translations that are logged after each epoch.
_SHOWN = 3


class Example(NamedTuple):
    """A source and its right translations, at least one."""

    source: str
    references: list[str]


class TextScores:
    """The part of `pipelines.tasks.protocol.Scores` that does not depend on the metrics.

    Attributes:
        n_best: translations of a source that are scored, as far as the beam has as many.
    """

    n_best = 1

    def examples(self, data: PairReader, limit: int | None) -> list[Example]:
        """Return what is scored, at most `limit` of it: each pair."""
        return [Example(pair.source, [pair.target]) for pair in itertools.islice(data, limit)]

    def bundle_reader(self, manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> PairReader:
        """Return pairs whose columns are as in the files that the bundle's run was trained on."""
        columns = manifest.get("columns")
        return PairReader(patterns, None if columns is None else Columns.parse(columns))

    def predictor(self, run: Run, network: keras.Model, decoding: Decoding) -> Translate:
        """Return what translates texts in batches in the graph: greedily, or with a beam."""
        assert isinstance(run.config, TranslationConfig)
        options = self._options(decoding)
        longest = run.config.train.max_length
        letterless = SourceText.of(run).letterless
        served = ServedText(Vocabularies(run).files, longest, options=options, letterless=letterless).module(network)
        text = [tf.TensorSpec((None,), tf.string)]
        if options.beam == 1:
            search = tf.function(served.greedy_text, input_signature=text)
            return in_batches(lambda texts: search(texts)["translation"][:, None])
        search = tf.function(served.beam_text, input_signature=text)
        return in_batches(lambda texts: search(texts)["translation"])

    def bundle_predictor(self, bundle: Path, decoding: Decoding) -> Translate:
        """Return what translates texts with a bundle."""
        return self.translating(Translator(bundle, threads=decoding.threads, shortlist=decoding.shortlist), decoding)

    def translating(self, translator: Translator, decoding: Decoding) -> Translate:
        """Return what translates texts with the device's translator."""
        options = self._options(decoding)
        return lambda texts: [[found.text for found in n_best] for n_best in translator.n_best(texts, options)]

    def show(self, run: Run, predict: Translate, sample: PairReader) -> None:
        """Log translations of some examples."""
        shown = self.examples(sample, _SHOWN)
        for example, found in zip(shown, predict([example.source for example in shown]), strict=True):
            log(f"  {example.source}  ->  {found[0]}  ({' | '.join(example.references)})")

    def identity(self, data: PairReader, limit: int | None) -> list[Any]:
        """Return the examples."""
        return self.examples(data, limit)

    def outputs(self, predict: Translate, data: PairReader, limit: int | None) -> list[Any]:
        """Return the best translations."""
        found = predict([example.source for example in self.examples(data, limit)])
        return [translations[0] for translations in found]

    def bench_input(self, data: PairReader, limit: int | None) -> str:
        """Return sources, one per line."""
        return "\n".join(example.source for example in self.examples(data, min(_TIMED, limit or _TIMED)))

    def _options(self, decoding: Decoding) -> SearchOptions:
        return SearchOptions(beam=decoding.beam, n_best=min(self.n_best, decoding.beam))
