"""`keras-s2s translate`: text through a run or a bundle."""

from collections.abc import Sequence
from pathlib import Path

from edge.components import Components
from edge.errors import UserError
from edge.translator import Translator
from keras_s2s.ensemble import EnsembleStep
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq
from pipelines.data.pairs import PathLike
from pipelines.network import load_network
from pipelines.run import Run, is_bundle
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.source_text import SourceText
from pipelines.tasks.translation.vocabularies import Vocabularies


def open_translator(
    path: PathLike, threads: int = 1, others: Sequence[PathLike] = (), batch: int = 1, carry: bool = True
) -> Translator:
    """Return the device's translator over a run's Keras model, or over a bundle.

    Args:
        path: a run or a bundle.
        threads: of the TFLite runtime.
        others: further runs of an ensemble with the first one.
        batch: batch size in sentences.
        carry: as for `Translator`.

    Raises:
        UserError: a path cannot be used, is not for translation, or has other tokenizers than the first one.
    """
    path = Path(path)
    if is_bundle(path):
        if others:
            raise UserError(f"{path}: is a bundle; an ensemble is made of runs")
        return Translator(path, threads=threads, batch=batch, carry=carry)
    runs = [Run.open(Path(each), {"translation": TranslationConfig}) for each in (path, *others)]
    vocabularies = [Vocabularies(run) for run in runs]
    for run, vocabulary in zip(runs, vocabularies, strict=True):
        if not vocabularies[0].same_as(vocabulary):
            raise UserError(
                f"{run.path}: has other tokenizers than {path}; use runs with the same tokenizers in an ensemble"
            )
    steps = [KerasStep(Seq2Seq.of(load_network(run))) for run in runs]
    config = runs[0].config
    assert isinstance(config, TranslationConfig)
    longest = config.train.max_length
    step = EnsembleStep(steps) if others else steps[0]
    text = SourceText.of(runs[0])
    components = Components(
        step,
        *vocabularies[0].tokenizers,
        max_source_length=longest,
        max_target_length=longest,
        letterless=text.letterless,
        abbreviations=frozenset(text.abbreviations),
        copies=config.train.scores != "words",
        carry=carry and config.train.scores != "words",
    )
    return Translator(components, batch=batch)
