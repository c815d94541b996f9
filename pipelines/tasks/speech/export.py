"""What a speech run becomes outside of Keras: a bundle, or a SavedModel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from keras_s2s.export.signatures import Signatures, seq2seq_signatures
from keras_s2s.models.seq2seq import Seq2Seq
from pipelines.run import Run
from pipelines.tasks.protocol import ExportForm
from pipelines.tasks.seq2seq_export import Seq2SeqExport
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.data import tokenizer_file
from pipelines.tasks.speech.phrase_length import phrase_samples
from pipelines.tasks.speech.served import ServedSpeech

# Seconds of sound that are read at once where shapes are static: all of them are computed, however short it is.
_STATIC_SECONDS = 8.0


class SpeechExport(Seq2SeqExport):
    """Implement `pipelines.tasks.protocol.Export`.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Run):
        assert isinstance(run.config, SpeechConfig)
        self.run = run
        self.config = run.config

    def signatures(self, network: keras.Model, form: ExportForm) -> Signatures:
        """Return the graph functions; with static shapes if these are asked for."""
        samples = self._max_samples(form) if form.static else None
        positions = samples and self.config.positions(samples)
        return seq2seq_signatures(Seq2Seq.of(network), self.config.train.max_length, False, samples, positions)

    def manifest(self, form: ExportForm) -> dict[str, Any]:
        """Return what the device has to know of sound, languages, the tokenizer, and limits."""
        audio, languages = self.config.audio, self.run.languages
        return {
            **({"static": True} if form.static else {}),
            **({"languages": dict(zip(("source", "target"), languages, strict=True))} if languages else {}),
            "audio": {"rate": audio.rate, "position_ms": 1000.0 * self.config.position_samples / audio.rate},
            "ctc": self.config.train.ctc_weight > 0,
            "tokenizers": {"target": tokenizer_file(self.run).name},
            "limits": {
                "max_samples": self._max_samples(form),
                "phrase_samples": min(phrase_samples(self.run), self._max_samples(form)),
                "max_target_length": self.config.train.max_length,
            },
        }

    def files(self, form: ExportForm, folder: Path) -> Mapping[str, Path]:
        """Return the tokenizer."""
        file = tokenizer_file(self.run)
        return {file.name: file}

    def served(self, ids: bool) -> ServedSpeech:
        """Return what SavedModels are made of."""
        return ServedSpeech(tokenizer_file(self.run), self.config.train.max_length, self.config.audio.rate)

    def _max_samples(self, form: ExportForm) -> int:
        longest = self.config.max_samples
        return min(longest, round(_STATIC_SECONDS * self.config.audio.rate)) if form.static else longest
