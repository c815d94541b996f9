"""What a translation run becomes outside of Keras: a bundle, or a SavedModel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from edge.shortlist import SHORTLIST
from edge.stand_ins import SYMBOLS
from keras_s2s.export.signatures import Signatures, seq2seq_signatures
from keras_s2s.models.seq2seq import Seq2Seq
from pipelines.data.pairs import PairReader, PathLike
from pipelines.run import Run
from pipelines.tasks.protocol import ExportForm
from pipelines.tasks.seq2seq_export import Seq2SeqExport
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.lexicon import learn_shortlist
from pipelines.tasks.translation.served import ServedText
from pipelines.tasks.translation.source_text import SourceText
from pipelines.tasks.translation.vocabularies import Vocabularies

# Tokens of a source where shapes are static: all of them are computed, however short it is. Longer text is split.
_STATIC_LENGTH = 32


class TranslationExport(Seq2SeqExport):
    """Implement `pipelines.tasks.protocol.Export`.

    Args:
        run: the run directory.
    """

    def __init__(self, run: Run):
        assert isinstance(run.config, TranslationConfig)
        self.run = run
        self.config = run.config
        self.longest = run.config.train.max_length
        self.vocabularies = Vocabularies(run)

    def signatures(self, network: keras.Model, form: ExportForm) -> Signatures:
        """Return the graph functions; with those that a shortlist needs, or with static shapes."""
        source_length = self._longest_source(form) if form.static else None
        return seq2seq_signatures(Seq2Seq.of(network), self.longest, form.shortlist is not None, source_length)

    def manifest(self, form: ExportForm) -> dict[str, Any]:
        """Return languages, tokenizers, what is known of the source text, and limits."""
        assert self.run.languages is not None
        source, target = self.run.languages
        text = SourceText.of(self.run)
        return {
            **({"static": True} if form.static else {}),
            **({"shortlist": {"lexicon": SHORTLIST}} if form.shortlist is not None else {}),
            **({"scoring": "words"} if self.config.train.scores == "words" else {}),
            "languages": {"source": source, "target": target},
            **({"columns": str(self.run.columns)} if self.run.columns else {}),
            "tokenizers": {side: file.name for side, file in self.vocabularies.files.items()},
            **({"symbols": len(SYMBOLS)} if self.vocabularies.have_symbols else {}),
            "letterless": text.letterless,
            "abbreviations": list(text.abbreviations),
            "limits": {"max_source_length": self._longest_source(form), "max_target_length": self.longest},
        }

    def files(self, form: ExportForm, folder: Path) -> Mapping[str, Path]:
        """Return the tokenizers and, if there is to be one, the shortlist."""
        files = {file.name: file for file in self.vocabularies.files.values()}
        if form.shortlist is not None:
            files[SHORTLIST] = self._write_shortlist(form.shortlist, folder / SHORTLIST)
        return files

    def served(self, ids: bool) -> ServedText:
        """Return what SavedModels are made of: with the tokenizers, or with ids only."""
        return ServedText(self.vocabularies.files, self.longest, ids, letterless=SourceText.of(self.run).letterless)

    def _longest_source(self, form: ExportForm) -> int:
        return min(self.longest, _STATIC_LENGTH) if form.static else self.longest

    def _write_shortlist(self, patterns: PathLike, out: Path) -> Path:
        pairs = PairReader(patterns, self.run.columns)
        texts = ((pair.source, pair.target) for pair in pairs)
        learn_shortlist(texts, *self.vocabularies.tokenizers, self.longest).save(out)
        return out
