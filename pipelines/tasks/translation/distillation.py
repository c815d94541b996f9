"""How a translation student learns from its teacher."""

import glob
import hashlib
import itertools
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edge.errors import UserError
from edge.search.options import SearchOptions
from keras_s2s.files import replacing
from pipelines.data.columns import Columns
from pipelines.data.files import PathLike
from pipelines.data.pairs import Pair, PairFiles, PairReader, write_pairs
from pipelines.log import log
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.scores import TranslationScores
from pipelines.tasks.translation.served import Translate
from pipelines.tasks.translation.translate import open_translator

# Sentences that the teacher translates between two saves.
_CHUNK = 1000

# Batch size of an ensemble.
_BATCH = 32


class TranslationDistillation:
    """Implement `pipelines.tasks.protocol.Distillation`."""

    def word_settings(self, teacher: Run) -> dict[str, Any]:
        """Return the teacher, and how its vocabularies are made."""
        assert isinstance(teacher.config, TranslationConfig)
        return {"train.teacher": str(teacher.path.resolve()), "tokenizer.joint": teacher.config.tokenizer.joint}

    def sequences(
        self, teachers: Sequence[Path], files: Sequence[PathLike], folder: Path, most: int, beam: int
    ) -> list[PathLike | PairFiles]:
        """Translate training sources; the translations are a corpus of their own, the first one of the student's.

        What a beam search finds has less variety than what people write, and a small network can learn it.
        """
        runs = [Run.open(path, {"translation": TranslationConfig}) for path in teachers]
        pairs = _spread(PairReader(files, runs[0].columns), most)
        _translate(runs, folder, pairs, beam)
        return [PairFiles(Path(glob.escape(str(folder)), "*.tsv"), (runs[0].columns or Columns()).written), *files]


def _spread(pairs: PairReader, most: int) -> list[Pair]:
    """Return a number of pairs, evenly spread."""
    count = sum(1 for _ in pairs)
    if not count:
        raise UserError(f"{pairs.name}: has no pairs")
    stride = max(1, -(-count // most))
    return list(itertools.islice(pairs, 0, None, stride))


def _translate(runs: Sequence[Run], folder: Path, pairs: list[Pair], beam: int) -> None:
    """Write translations to a folder, one file per thousand; files that are there already are kept."""
    sources = [pair.source for pair in pairs]
    weights = "+".join(hashlib.sha256(run.model_file.read_bytes()).hexdigest() for run in runs)
    made_from = hashlib.sha256(json.dumps([weights, beam, sources]).encode()).hexdigest()
    note = folder / "made_from.sha256"
    predict = _predictor(runs, beam)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not note.exists():
            with replacing(note) as partial:
                partial.write_text(made_from, encoding="ascii")
        found = note.read_text(encoding="ascii")
    except OSError as error:
        raise UserError(f"{folder}: cannot be written ({error.strerror or error})") from error
    if found != made_from:
        raise UserError(f"{folder}: has the translations of other sentences or of another teacher; remove it")
    starts = range(0, len(pairs), _CHUNK)
    files = [folder / f"{start:08}.tsv" for start in starts]
    if missing := [(start, file) for start, file in zip(starts, files, strict=True) if not file.exists()]:
        began = time.monotonic()
        for done, (start, file) in enumerate(missing):
            chunk = sources[start : start + _CHUNK]
            # A pair without a translation teaches nothing.
            translated = [Pair(source, found[0]) for source, found in zip(chunk, predict(chunk), strict=True)]
            write_pairs(file, [pair.row for pair in translated if pair.target.strip()])
            left = (time.monotonic() - began) / (done + 1) * (len(missing) - done - 1)
            log(f"{file}: translated by the teacher; at most {left / 60:.1f} minutes left")


def _predictor(runs: Sequence[Run], beam: int) -> Translate:
    """Return the translation function: in the graph, or for ensembles with `edge.search`."""
    if len(runs) == 1:
        return TranslationScores().predictor(runs[0], load_network(runs[0]), Decoding(beam=beam))
    together = open_translator(runs[0].path, others=[run.path for run in runs[1:]], batch=_BATCH)
    return lambda texts: [[text] for text in together.translate(texts, SearchOptions(beam=beam))]
