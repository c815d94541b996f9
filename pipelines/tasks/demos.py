"""The demos: what each of them brings to the stages of `pipelines/jobs/demo.py`."""

from pipelines.tasks.segmentation.demo import SegmentationDemo
from pipelines.tasks.speech.demo import SpeechDemo
from pipelines.tasks.task import Demo
from pipelines.tasks.translation.demo import TranslationDemo
from pipelines.tasks.translation.words_demo import WordsDemo

DEMOS: dict[str, Demo] = {
    "translation": TranslationDemo(),
    "words": WordsDemo(),
    "segmentation": SegmentationDemo(),
    "speech": SpeechDemo(),
}
