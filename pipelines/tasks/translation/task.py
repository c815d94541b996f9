"""The translation task: from a text to a text, sentences or words."""

from edge.bundle import Bundle
from keras_s2s.machine import spread_over_cores
from keras_s2s.tokenizer import tokenizer_kind
from pipelines.run import Run
from pipelines.tasks.protocol import Scores
from pipelines.tasks.task import Task
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.data import TranslationData
from pipelines.tasks.translation.distillation import TranslationDistillation
from pipelines.tasks.translation.export import TranslationExport
from pipelines.tasks.translation.scores import TranslationScores
from pipelines.tasks.translation.training import TranslationTraining
from pipelines.tasks.translation.vocabularies import Vocabularies
from pipelines.tasks.translation.word_scores import WordScores

_SENTENCES = TranslationScores()


def _scores(model: Run | Bundle) -> Scores:
    """Return the scores that the settings of a run, or of a bundle's run, have chosen."""
    if isinstance(model, Bundle):
        are_words, target = model.manifest.get("scoring") == "words", model.file("tokenizers", "target")
    else:
        assert isinstance(model.config, TranslationConfig)
        are_words, target = model.config.train.scores == "words", Vocabularies(model).files["target"]
    return WordScores(spaced=tokenizer_kind(target) == "word") if are_words else _SENTENCES


TRANSLATION = Task(
    name="translation",
    config=TranslationConfig,
    recipe="small",
    slices=spread_over_cores,
    data=TranslationData,
    training=TranslationTraining,
    scores=_SENTENCES,
    scores_of=_scores,
    export=TranslationExport,
    distillation=TranslationDistillation(),
    columns=True,
    refusals={
        "--flips": "a text cannot be flipped",
        "--split": "a translation has no objects",
        "--min-area": "a translation has no objects",
    },
)
