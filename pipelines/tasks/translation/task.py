"""The translation task: from a sentence to a sentence."""

from keras_s2s.machine import spread_over_cores
from pipelines.tasks.task import Task
from pipelines.tasks.translation.config import TranslationConfig
from pipelines.tasks.translation.data import TranslationData
from pipelines.tasks.translation.distillation import TranslationDistillation
from pipelines.tasks.translation.export import TranslationExport
from pipelines.tasks.translation.scores import TranslationScores
from pipelines.tasks.translation.training import TranslationTraining

TRANSLATION = Task(
    name="translation",
    config=TranslationConfig,
    recipe="small",
    slices=spread_over_cores,
    data=TranslationData,
    training=TranslationTraining,
    scores=TranslationScores(),
    export=TranslationExport,
    distillation=TranslationDistillation(),
    columns=True,
)
