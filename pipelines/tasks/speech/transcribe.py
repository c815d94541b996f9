"""A recognizer over a run or a bundle."""

from pathlib import Path

import keras

from edge.recognizer import Recognizer
from edge.recognizer_components import RecognizerComponents
from edge.tokenizer import Tokenizer
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq
from pipelines.network import load_network
from pipelines.run import Run, is_bundle
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.data import tokenizer_file


def open_recognizer(path: Path, threads: int = 1) -> Recognizer:
    """Return the device's recognizer over a run's Keras model, or over a bundle.

    Args:
        path: a run or a bundle.
        threads: of the TFLite runtime.

    Raises:
        UserError: the path cannot be used, or is not for speech.
    """
    if is_bundle(path):
        return Recognizer(path, threads=threads)
    run = Run.open(path, {"speech": SpeechConfig})
    return run_recognizer(run, load_network(run))


def run_recognizer(run: Run, network: keras.Model) -> Recognizer:
    """Return the device's recognizer over a network of a run."""
    config = run.config
    assert isinstance(config, SpeechConfig)
    return Recognizer(
        RecognizerComponents(
            step=KerasStep(Seq2Seq.of(network)),
            target=Tokenizer(tokenizer_file(run)),
            rate=config.audio.rate,
            position_seconds=config.position_samples / config.audio.rate,
            max_samples=config.max_samples,
            max_target_length=config.train.max_length,
        )
    )
