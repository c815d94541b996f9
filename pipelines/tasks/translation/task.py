"""The translation task: its tokenizers, batches, network and signatures."""

import itertools
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from edge.errors import UserError
from edge.search.options import SearchOptions
from edge.translator import Parts, Translator
from keras_s2s.callbacks import SamplingRate
from keras_s2s.ensemble import EnsembleStep
from keras_s2s.export.signatures import Signatures, translation_signatures
from keras_s2s.export.tflite import STATIC
from keras_s2s.keras_step import KerasStep
from keras_s2s.layers.product import precision
from keras_s2s.losses import MeanObjective
from keras_s2s.machine import fast_precision, spread_over_cores
from keras_s2s.metrics import ObjectiveAccuracy, ObjectivePerplexity, PaddingShare
from keras_s2s.models.seq2seq import Seq2Seq, build_seq2seq
from pipelines.data.columns import Columns
from pipelines.data.pair_batches import pair_batches
from pipelines.data.pairs import PairReader, PathLike, write_pairs
from pipelines.data.position import Position
from pipelines.log import log
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.translation.lexicon import learn_shortlist
from pipelines.tasks.translation.scores import GREEDY, TranslationScores
from pipelines.tasks.translation.served import SERVED_BEAM, ServedText, in_batches
from pipelines.tasks.translation.vocabularies import Vocabularies

SAMPLE_PAIRS = 500

# Pieces of a source where shapes are fixed: all of them are computed, however short it is. Longer text is parted.
_STATIC_LENGTH = 32

# Pairs that are cut into pieces to see how many are too long.
_LOOKED_AT = 200_000

# What was found out about the machine that a run began on.
_MACHINE = "machine.json"

# Translations that are logged after each epoch.
_SHOWN = 3


class Translation(TranslationScores):
    """A translation run as the jobs see it.

    Args:
        run: its directory.
    """

    # What validation adds to the log of a run.
    REPORTED = ("bleu", "chrf")
    # What export makes of it, the best first.
    QUANTIZATIONS = ("int8", "float16", "none", "int4", "mixed")
    # What it makes nothing of: TensorFlow 2.21 was seen to crash when it calibrates a network with loops.
    REFUSED = dict.fromkeys(STATIC, "TensorFlow cannot calibrate a network with loops")

    def __init__(self, run: Run):
        self.run = run
        self.config = run.config
        self.sample = run.file("valid.sample.tsv")
        self.vocabularies = Vocabularies(run)

    # Training.

    @staticmethod
    def parts() -> int:
        """Sets TensorFlow's threads, before it runs anything, and says how many parts to make of a batch."""
        return spread_over_cores()

    @contextmanager
    def tuned(self) -> Iterator[int]:
        """What training runs in: gives how many parts of a batch are computed side by side."""
        parts = self.parts()
        chosen = self.run.read_json(_MACHINE).get("precision") or self.config.train.precision
        with precision(fast_precision() if chosen == "auto" else chosen):
            yield parts

    @property
    def epochs_differ(self) -> bool:
        """Whether an epoch may have more batches than another: pairs come as often as chance will have it."""
        return any(weight % 1 for weight in self.config.train.weights)

    def reader(self, patterns: PathLike | Iterable[PathLike]) -> PairReader:
        """The pairs of files whose columns are as in those that the run is trained on."""
        return PairReader(patterns, Columns().swapped if self.run.reverse else None)

    def prepare(self, train: PairReader, valid: PairReader) -> None:
        """Trains the tokenizers, or takes the teacher's, and keeps a sample of the validation pairs.

        Raises:
            UserError: a file cannot be used, or does not allow the vocabulary asked for.
        """
        if self.config.train.teacher:
            self.vocabularies.take_over(Vocabularies(self._teacher()))
        else:
            self.vocabularies.train(train)
        # Each source once, so that one reference a sentence is fair.
        distinct = {pair.source: pair for pair in reversed(list(itertools.islice(valid, 4 * SAMPLE_PAIRS)))}
        sample = list(reversed(distinct.values()))[:SAMPLE_PAIRS]
        write_pairs(self.sample, [pair[::-1] if self.run.reverse else pair for pair in sample])
        self._look_at_machine()

    def _look_at_machine(self) -> None:
        """Chooses the precision once, so that a training that goes on, and all its workers, have the same."""
        if self.config.train.precision == "auto":
            self.run.write_json(_MACHINE, {"precision": fast_precision()})

    def _teacher(self) -> Run:
        """The run that this one learns from.

        Raises:
            UserError: it is no run, or one of which nothing can be learned.
        """
        teacher, run = Run.open(Path(self.config.train.teacher)), self.run
        if (teacher.task, teacher.languages, teacher.reverse) != (run.task, run.languages, run.reverse):
            raise UserError(f"train.teacher: {teacher.path} has other languages or columns than {run.path}")
        return teacher

    def _taught_by(self) -> Run:
        """The same, of which it is certain that it has the same tokenizers."""
        teacher = self._teacher()
        if not self.vocabularies.same_as(Vocabularies(teacher)):
            raise UserError(f"train.teacher: {teacher.path} has other tokenizers than {self.run.path}")
        return teacher

    def inherit(self, base: Run) -> None:
        """Takes what `prepare` made from another run.

        Raises:
            OSError: a file of it is missing.
        """
        self.vocabularies.take_over(Vocabularies(base))
        shutil.copyfile(base.file(self.sample.name), self.sample)
        self._look_at_machine()

    def check(self, train: PairReader, valid: PairReader) -> None:
        """Counts the pairs that are longer than the limit, among the first ones of a large corpus.

        Raises:
            UserError: all are; or there are not as many weights as corpora, or no such teacher.
        """
        self._weights(train)
        if self.config.train.teacher:
            self._taught_by()
        for pairs in (train, valid):
            self._check_lengths(pairs)

    def _weights(self, train: PairReader) -> tuple[float, ...]:
        weights, corpora = self.config.train.weights, train.corpora
        if weights and len(weights) != len(corpora):
            raise UserError(f"train.weights: {len(weights)} weights for {len(corpora)} --train; give one for each")
        return weights

    def _check_lengths(self, pairs: PairReader) -> None:
        longest = self.config.train.max_length
        source, target = self.vocabularies.tokenizers
        counts = Counter(
            max(len(source.encode(pair.source)), len(target.encode(pair.target))) > longest
            for pair in itertools.islice(pairs, _LOOKED_AT)
        )
        long, looked_at = counts[True], counts.total()
        if not counts[False]:
            raise UserError(
                f"{pairs.name}: every pair is longer than train.max_length {longest} pieces: use a larger one"
            )
        if long:
            of = "" if looked_at < _LOOKED_AT else f" of the first {looked_at:,}"
            log(f"{pairs.name}: {long:,} pairs{of} are longer than train.max_length {longest} pieces and are left out")

    def batches(self, pairs: PairReader, position: Position | None = None) -> tf.data.Dataset:
        """Batches of pairs, shuffled for training if there is a position."""
        settings = self.config.train
        batches = pair_batches(
            pairs.corpora,
            *self.vocabularies.in_graph(),
            batch_tokens=settings.batch_tokens,
            max_length=settings.max_length,
            columns=pairs.columns,
            position=position,
            weights=self._weights(pairs) if position else (),
        )
        return batches.map(lambda inputs, labels: ({**inputs, "labels": labels}, labels))

    def build(self) -> keras.Model:
        """The network, as it is saved."""
        sizes = map(len, self.vocabularies.tokenizers)
        return build_seq2seq(self.config.model, *sizes, joint=self.config.tokenizer.joint).training

    def trained(self, model: keras.Model, parts: int) -> tuple[keras.Model, list[keras.callbacks.Callback]]:
        """The network as it is trained, in so many parts of a batch: a model that shares its weights.

        Returns:
            The model, and what it needs of callbacks.
        """
        settings = self.config.train
        sampling = settings.sampling != "none"
        teacher = load_network(self._taught_by()) if settings.teacher else None
        trained = Seq2Seq.of(model).objective(
            settings.label_smoothing, parts, sampling, teacher, settings.teacher_share
        )
        if not sampling:
            return trained, []
        part = trained.get_layer("parts").model if parts > 1 else trained
        rate = SamplingRate(
            part.get_layer("sampling").rate, settings.sampling, settings.sampling_rate, settings.sampling_steps
        )
        return trained, [rate]

    def loss(self) -> keras.losses.Loss:
        """What training minimizes."""
        return MeanObjective()

    def metrics(self) -> list[keras.metrics.Metric]:
        """What training and validation report."""
        return [ObjectivePerplexity(), ObjectiveAccuracy(), PaddingShare()]

    @staticmethod
    def epoch_line(logs: Mapping[str, float]) -> str:
        """What validation reported, for the log."""
        return f"perplexity {logs['val_perplexity']:.2f}, BLEU {logs['val_bleu']:.1f}, chrF {logs['val_chrf']:.1f}"

    def show(self, predict: Callable[[Sequence[str]], list[str]], sample: PairReader) -> None:
        """Logs translations of some pairs."""
        shown = list(itertools.islice(sample, _SHOWN))
        for pair, translation in zip(shown, predict([pair.source for pair in shown]), strict=True):
            log(f"  {pair.source}  ->  {translation}  ({pair.target})")

    def finish(self, model: keras.Model, held_out: PairReader) -> None:
        """Nothing is left to do when the network is trained."""

    # Prediction.

    def predictor(self, model: keras.Model, options: SearchOptions = GREEDY) -> Callable[[Sequence[str]], list[str]]:
        """Texts to translations, in batches in the graph: greedily, or by a beam."""
        served = self.serving(options=options).module(model)
        text = [tf.TensorSpec((None,), tf.string)]
        if options.beam == 1:
            search = tf.function(served.greedy_text, input_signature=text)
            return in_batches(lambda texts: search(texts)["translation"])
        search = tf.function(served.beam_text, input_signature=text)
        return in_batches(lambda texts: search(texts)["translation"][:, 0])

    def translator(
        self, model: keras.Model, others: Sequence[tuple["Translation", keras.Model]] = (), batch: int = 32
    ) -> Translator:
        """The device's translator over the Keras model: for everything that the graph's search cannot do.

        Args:
            model: the run's.
            others: runs and their models that translate together with it.
            batch: sentences that are translated side by side.

        Raises:
            UserError: another run has another vocabulary.
        """
        for other, _ in others:
            if not self.vocabularies.same_as(other.vocabularies):
                raise UserError(f"{other.run.path}: has other tokenizers than {self.run.path}; an ensemble shares them")
        steps = [KerasStep(Seq2Seq.of(each)) for each in (model, *(other for _, other in others))]
        longest = self.config.train.max_length
        step = EnsembleStep(steps) if others else steps[0]
        return Translator(Parts(step, *self.vocabularies.tokenizers, longest, longest), batch=batch)

    # Export.

    def signatures(self, model: keras.Model, shortlist: bool = False, static: bool = False) -> Signatures:
        """The graph functions of an exported model, with those that a shortlist needs, or with fixed shapes."""
        source_length = self._longest_source(static) if static else None
        return translation_signatures(Seq2Seq.of(model), self.config.train.max_length, shortlist, source_length)

    def _longest_source(self, static: bool) -> int:
        longest = self.config.train.max_length
        return min(longest, _STATIC_LENGTH) if static else longest

    def serving(self, ids: bool = False, options: SearchOptions = SERVED_BEAM) -> ServedText:
        """What SavedModels are made of: with the tokenizers, or with ids only."""
        return ServedText(self.vocabularies.files, self.config.train.max_length, ids, options)

    def write_shortlist(self, pairs: PairReader, out: Path) -> dict[str, Any]:
        """Learns a shortlist from pairs and writes it; returns what the manifest says of it."""
        texts = ((pair.source, pair.target) for pair in pairs)
        learn_shortlist(texts, *self.vocabularies.tokenizers, self.config.train.max_length).save(out)
        return {"shortlist": {"lexicon": out.name}}

    def bundle_files(self) -> Mapping[str, Path]:
        """What a bundle holds beside the flatbuffer."""
        return {file.name: file for file in self.vocabularies.files.values()}

    def manifest(self, static: bool = False) -> dict[str, Any]:
        """What a bundle's manifest says beside what all tasks say."""
        source, target = self.run.languages
        limits = {"max_source_length": self._longest_source(static), "max_target_length": self.config.train.max_length}
        return {
            **({"static": True} if static else {}),
            "languages": {"source": source, "target": target},
            "reverse": self.run.reverse,
            "tokenizers": {side: file.name for side, file in self.vocabularies.files.items()},
            "limits": limits,
        }
