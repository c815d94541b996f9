"""The speech task: from a recording to its transcript, in the language spoken or in another one."""

from keras_s2s.machine import spread_over_cores
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.data import SpeechData
from pipelines.tasks.speech.distillation import SpeechDistillation
from pipelines.tasks.speech.export import SpeechExport
from pipelines.tasks.speech.scores import SpeechScores
from pipelines.tasks.speech.training import SpeechTraining
from pipelines.tasks.task import Task

SPEECH = Task(
    name="speech",
    config=SpeechConfig,
    recipe="speech",
    slices=spread_over_cores,
    data=SpeechData,
    training=SpeechTraining,
    scores=SpeechScores(),
    export=SpeechExport,
    distillation=SpeechDistillation(),
    refusals={
        "--shortlist": "sound has no tokens to estimate a shortlist from",
        "--flips": "sound cannot be flipped",
        "--split": "a transcript has no objects",
        "--min-area": "a transcript has no objects",
        "--ids": "sound has no tokens",
        "--columns": "a recording and its transcript have columns of their own",
    },
)
