"""The data of a speech run: recordings, a tokenizer for their transcripts, and batches."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import tensorflow as tf

from edge.errors import UserError
from edge.tokenizer import Tokenizer
from keras_s2s.tokenizer import train_tokenizer
from pipelines.data.files import PathLike
from pipelines.data.position import Position
from pipelines.data.recording_batches import recording_batches
from pipelines.data.recording_limits import RecordingLimits
from pipelines.data.recording_sample import LIST, write_recording_sample
from pipelines.data.recordings import RecordingReader
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.precision import choose_precision
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.phrase_length import copy_phrase_length, save_phrase_length
from pipelines.tasks.teacher import open_matching_teacher, open_teacher

# What is kept of the validation set, at most: every export is scored on it.
_SAMPLE_RECORDINGS, _SAMPLE_SECONDS = 200, 300.0


def tokenizer_file(run: Run) -> Path:
    """Return the tokenizer of the transcripts."""
    return run.file("target.model")


def same_tokenizers(run: Run, other: Run) -> bool:
    """Return whether two runs tokenize transcripts in the same way."""
    return tokenizer_file(run).read_bytes() == tokenizer_file(other).read_bytes()


class SpeechData:
    """Implement `pipelines.tasks.protocol.Data`.

    Args:
        run: the run directory.
    """

    # Recordings are changed in speed: an epoch has more batches than another.
    epochs_differ = True

    def __init__(self, run: Run):
        assert isinstance(run.config, SpeechConfig)
        self.run = run
        self.config = run.config
        self.sample = run.file("valid.sample")

    def reader(self, patterns: PathLike | Iterable[PathLike]) -> RecordingReader:
        """Return the recordings of files."""
        return RecordingReader(patterns)

    def sample_reader(self) -> RecordingReader:
        """Return the validation sample."""
        return RecordingReader(self.sample / LIST)

    def prepare(self, train: RecordingReader, valid: RecordingReader, chosen: frozenset[str]) -> None:
        """Train the tokenizer, or copy the teacher's, and keep a sample of the validation recordings."""
        if self.config.train.teacher:
            shutil.copyfile(tokenizer_file(open_teacher(self.run)), tokenizer_file(self.run))
        else:
            self._train_tokenizer(train)
        save_phrase_length(self.run, train)
        write_recording_sample(valid, self.sample, self.config.audio.rate, _SAMPLE_RECORDINGS, _SAMPLE_SECONDS)
        choose_precision(self.run, self.config.train.precision)

    def _train_tokenizer(self, train: RecordingReader) -> None:
        log("training the tokenizer")
        settings = self.config.tokenizer
        reached = train_tokenizer(
            # Not a generator: it is read twice where the vocabulary has to be smaller.
            [recording.text for recording in train],
            tokenizer_file(self.run),
            settings.type,
            settings.size,
            settings.coverage,
            settings.normalization,
            size_is_limit=True,
        )
        log(f"transcripts have {reached} different tokens")

    def inherit(self, base: Run) -> None:
        """Copy tokenizer and sample from another run."""
        shutil.copyfile(tokenizer_file(base), tokenizer_file(self.run))
        copy_phrase_length(base, self.run)
        shutil.copytree(base.file(self.sample.name), self.sample)
        choose_precision(self.run, self.config.train.precision)

    def check(self, train: RecordingReader, valid: RecordingReader) -> None:
        """Count the recordings that cannot be used: now it is known how many tokens transcripts have.

        Raises:
            UserError: a list has none that can be used; or the teacher cannot be used.
        """
        if self.config.train.teacher:
            self._check_teacher()
        for reader in (train, valid):
            usable = RecordingReader(reader.paths, self._limits)
            for _ in usable:
                pass
            if usable.counts.unused != reader.counts.unused:
                log(f"{reader.name}: with this network's limits: {usable.summary()}")

    def _check_teacher(self) -> None:
        """Raise a UserError if the teacher cannot read the batches of this run."""
        teacher = open_matching_teacher(self.run, same_tokenizers)
        assert isinstance(teacher.config, SpeechConfig)
        rate, own = teacher.config.audio.rate, self.config.audio.rate
        if rate != own:
            raise UserError(f"train.teacher: {teacher.path} reads {rate} Hz, not {own}; --set audio.rate={rate}")

    @property
    def _limits(self) -> RecordingLimits:
        settings = self.config.train
        return RecordingLimits(
            Tokenizer(tokenizer_file(self.run)),
            self.config.audio.rate,
            settings.max_seconds,
            settings.max_length,
            self.config.positions if settings.ctc_weight else None,
        )

    def batches(self, reader: RecordingReader, position: Position | None = None) -> tf.data.Dataset:
        """Return batches of recordings, shuffled and changed for training if there is a position."""
        settings = self.config.train
        return recording_batches(
            reader.corpora,
            self._limits,
            batch_seconds=settings.batch_seconds,
            position=position,
            augment=self.config.augment,
            least_seconds=60.0 * settings.epoch_minutes,
        )
