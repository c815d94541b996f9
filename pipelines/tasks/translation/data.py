"""The data of a translation run: pairs, tokenizers and batches."""

import itertools
import shutil

import tensorflow as tf

from edge.errors import UserError
from edge.features import split_features
from pipelines.data.carried_pairs import count_symbols
from pipelines.data.pair_batches import pair_batches
from pipelines.data.pairs import Pair, PairReader, Patterns, write_pairs
from pipelines.data.position import Position
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.precision import choose_precision
from pipelines.tasks.teacher import open_matching_teacher, open_teacher
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.source_text import SourceText
from pipelines.tasks.translation.token_counts import check_tokens
from pipelines.tasks.translation.vocabularies import Vocabularies, same_tokenizers

SAMPLE_PAIRS = 500
# Pairs that are read, of a large data set, to count those with reserved symbols.
_LOOKED_AT = 200_000


class TranslationData:
    """Implement `pipelines.tasks.protocol.Data`.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Run):
        assert isinstance(run.config, TranslationConfig)
        self.run = run
        self.config = run.config
        self.sample = run.file("valid.sample.tsv")
        self.vocabularies = Vocabularies(run)
        # With weights that are no whole numbers, the number of copies of a pair in an epoch is random.
        self.epochs_differ = any(weight % 1 for weight in self.config.train.weights)

    def reader(self, patterns: Patterns) -> PairReader:
        """Return the pairs of files whose columns are as in the training files."""
        return PairReader(patterns, self.run.columns)

    def sample_reader(self) -> PairReader:
        """Return the validation sample."""
        return PairReader(self.sample, self.run.columns and self.run.columns.written)

    def prepare(self, train: PairReader, valid: PairReader, chosen: frozenset[str]) -> None:
        """Train the tokenizers, or copy the teacher's, study the sources, and keep a sample of the validation pairs."""
        if self.config.train.teacher:
            self.vocabularies.take_over(Vocabularies(open_teacher(self.run)))
        else:
            self.vocabularies.train(train, size_is_limit="tokenizer.size" not in chosen)
        SourceText.learn(split_features(pair.source)[0] for pair in train).save(self.run)
        write_pairs(self.sample, [pair.row for pair in self._sample(valid)])
        choose_precision(self.run, self.config.train.precision)

    def inherit(self, base: Run) -> None:
        """Copy tokenizers and sample from another run."""
        self.vocabularies.take_over(Vocabularies(base))
        shutil.copyfile(base.file(self.sample.name), self.sample)
        SourceText.of(base).save(self.run)
        choose_precision(self.run, self.config.train.precision)

    def check(self, train: PairReader, valid: PairReader) -> None:
        """Count unknown tokens, and pairs that are longer than the limit, among the first ones of a large data set.

        Raises:
            UserError: all are; or there are not as many weights as corpora, or no such teacher.
        """
        self._weights(train)
        if self.config.train.teacher:
            open_matching_teacher(self.run, same_tokenizers)
        if self._carry:
            carried, looked_at = count_symbols(itertools.islice(train, _LOOKED_AT), self._carry)
            counts = f"{carried:,} of {looked_at:,} training pairs ({carried / looked_at:.1%})"
            log(f"train.carry: {counts} have reserved symbols")
        for pairs in (train, valid):
            check_tokens(pairs, self.vocabularies.files, self.config.tokenizer, self.config.train.max_length)

    def batches(self, reader: PairReader, position: Position | None = None) -> tf.data.Dataset:
        """Return batches of pairs, shuffled for training if there is a position."""
        settings = self.config.train
        batches = pair_batches(
            reader.corpora,
            *self.vocabularies.in_graph(),
            batch_tokens=settings.batch_tokens,
            max_length=settings.max_length,
            columns=reader.columns,
            position=position,
            weights=self._weights(reader) if position else (),
            carry=self._carry if position else 0.0,
        )
        return batches.map(lambda inputs, labels: ({**inputs, "labels": labels}, labels))

    @property
    def _carry(self) -> float:
        """`train.carry`, if the tokenizers have reserved symbols."""
        return self.config.train.carry if self.vocabularies.have_symbols else 0.0

    def _weights(self, train: PairReader) -> tuple[float, ...]:
        weights, corpora = self.config.train.weights, train.corpora
        if weights and len(weights) != len(corpora):
            raise UserError(f"train.weights: {len(weights)} weights for {len(corpora)} --train; give one for each")
        return weights

    def _sample(self, valid: PairReader) -> list[Pair]:
        """The pairs of the validation sample."""
        if self.config.train.scores == "words":
            # Of each source all lines: they are alternatives.
            words: dict[str, list[Pair]] = {}
            for pair in valid:
                if pair.source in words or len(words) < SAMPLE_PAIRS:
                    words.setdefault(pair.source, []).append(pair)
            return list(itertools.chain.from_iterable(words.values()))
        # Each source once, so that one reference per sentence is fair.
        distinct = {pair.source: pair for pair in reversed(list(itertools.islice(valid, 4 * SAMPLE_PAIRS)))}
        return list(reversed(distinct.values()))[:SAMPLE_PAIRS]
