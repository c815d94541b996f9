"""How a translation student learns from its teacher."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from edge.search.options import SearchOptions
from pipelines.data.columns import Columns
from pipelines.data.files import PathLike
from pipelines.data.pairs import Pair, PairFiles, PairReader, write_pairs
from pipelines.network import load_network
from pipelines.run import Run
from pipelines.tasks.protocol import Decoding
from pipelines.tasks.seq2seq_distillation import Seq2SeqDistillation
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.scores import TranslationScores
from pipelines.tasks.translation.served import Translate
from pipelines.tasks.translation.translate import open_translator

# Batch size of an ensemble.
_BATCH = 32


class TranslationDistillation(Seq2SeqDistillation[Pair]):
    """Implement `pipelines.tasks.task.Distillation`."""

    student = "mobile"
    name = "teacher.tsv"
    chunk = 1000

    def word_settings(self, teacher: Run) -> dict[str, Any]:
        """Return the teacher, and how its vocabularies are made."""
        assert isinstance(teacher.config, TranslationConfig)
        return {"train.teacher": str(teacher.path.resolve()), "tokenizer.joint": teacher.config.tokenizer.joint}

    def open(self, path: Path) -> Run:
        """Open a teacher."""
        return Run.open(path, {"translation": TranslationConfig})

    def examples(self, teacher: Run, files: Sequence[PathLike]) -> PairReader:
        """Return pairs, with columns as in the files that the teacher was trained on."""
        return PairReader(files, teacher.columns)

    def identity(self, example: Pair) -> str:
        """Return the source of a pair."""
        return example.source

    def predictor(self, teachers: Sequence[Run], beam: int) -> Callable[[Sequence[Pair]], list[Pair]]:
        """Return what translates the sources of pairs."""
        translate = _translator(teachers, beam)

        def predict(pairs: Sequence[Pair]) -> list[Pair]:
            sources = [pair.source for pair in pairs]
            found = [Pair(source, best) for source, (best, *_) in zip(sources, translate(sources), strict=True)]
            return [pair for pair in found if pair.target.strip()]

        return predict

    def write(self, file: Path, examples: Sequence[Pair]) -> None:
        """Write pairs."""
        write_pairs(file, [pair.row for pair in examples])

    def corpus(self, file: Path, teacher: Run) -> PairFiles:
        """Return the file with the columns that it has, whatever those of the training files are."""
        return PairFiles(file, (teacher.columns or Columns()).written)


def _translator(runs: Sequence[Run], beam: int) -> Translate:
    """Return the translation function: in the graph, or for ensembles with `edge.search`."""
    if len(runs) == 1:
        return TranslationScores().predictor(runs[0], load_network(runs[0]), Decoding(beam=beam))
    together = open_translator(runs[0].path, others=[run.path for run in runs[1:]], batch=_BATCH)
    return lambda texts: [[text] for text in together.translate(texts, SearchOptions(beam=beam))]
