"""A recognizer over a run or a bundle."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np

from edge.audio import audio_blocks, audio_seconds
from edge.encoding import EncoderDecoder
from edge.errors import UserError
from edge.recognizer import Recognizer
from edge.recognizer_components import RecognizerComponents
from edge.search.options import SearchOptions
from edge.tokenizer import Tokenizer
from edge.transcript import Transcript
from keras_s2s.ensemble import EnsembleStep
from keras_s2s.keras_step import KerasStep
from keras_s2s.models.seq2seq import Seq2Seq
from pipelines.network import load_network
from pipelines.run import Run, is_bundle
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.data import same_tokenizers, tokenizer_file
from pipelines.tasks.speech.phrase_length import phrase_samples


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
    return Recognizer(_components(run, KerasStep(Seq2Seq.of(network))))


def ensemble_recognizer(runs: Sequence[Run], batch: int) -> Recognizer:
    """Return the device's recognizer over the Keras models of one or more runs.

    Args:
        runs: speech runs; of several the probabilities are averaged.
        batch: batch size in phrases.

    Raises:
        UserError: a run has another tokenizer, or other positions in time, than the first one.
    """
    first = runs[0]
    for run in runs:
        if not same_tokenizers(run, first):
            raise UserError(
                f"{run.path}: has another tokenizer than {first.path}; use runs with the same tokenizer in an ensemble"
            )
        if _time(run) != _time(first):
            raise UserError(
                f"{run.path}: has another audio.rate, audio.hop_ms or model.pyramid than {first.path}; use runs with "
                "the same settings in an ensemble"
            )
    steps = [KerasStep(Seq2Seq.of(load_network(run))) for run in runs]
    return Recognizer(_components(first, EnsembleStep(steps) if len(steps) > 1 else steps[0]), batch=batch)


def _time(run: Run) -> tuple[int, int, int]:
    """What the positions of a recording depend on."""
    config = run.config
    assert isinstance(config, SpeechConfig)
    return config.audio.rate, config.audio.hop, config.model.pyramid


def _components(run: Run, step: EncoderDecoder) -> RecognizerComponents:
    config = run.config
    assert isinstance(config, SpeechConfig)
    return RecognizerComponents(
        step=step,
        target=Tokenizer(tokenizer_file(run)),
        rate=config.audio.rate,
        position_seconds=config.position_samples / config.audio.rate,
        max_samples=config.max_samples,
        phrase_samples=phrase_samples(run),
        max_target_length=config.train.max_length,
    )


def transcribe_files(
    path: Path,
    files: Sequence[Path],
    beam: int | None,
    as_json: bool,
    threads: int = 1,
    attention_plot: Path | None = None,
) -> Iterator[str]:
    """Transcribe audio files of any length, and yield a line for each.

    Args:
        path: a run or a bundle.
        files: audio files.
        beam: beam size; None decodes with CTC alone, greedily.
        as_json: the lines are JSON objects, with the times of words; else texts, behind the file's name if there are
            several files.
        threads: of the TFLite runtime.
        attention_plot: PNG file for a plot of features and attention over the beginning of the first file.

    Raises:
        UserError: the path or a file cannot be used.
    """
    recognizer = open_recognizer(path, threads)
    # Whatever the first bytes of a file show to be wrong is said before anything is transcribed.
    for file in files:
        audio_seconds(file)
    asked = {"options": SearchOptions(beam=beam)} if beam else {"greedy_ctc": True}
    for file in files:
        transcript = Transcript.of(list(recognizer.stream(audio_blocks(file, recognizer.rate), **asked)))
        if as_json:
            yield json.dumps({"file": str(file), **transcript.as_json()}, ensure_ascii=False)
        else:
            yield f"{file}\t{transcript.text}" if len(files) > 1 else transcript.text
    if attention_plot:
        from pipelines.tasks.speech.listening_plot import plot_listening

        plot_listening(recognizer, _beginning(files[0], recognizer.components), attention_plot)


def _beginning(file: Path, components: RecognizerComponents) -> np.ndarray:
    """As much of a file as the network reads at once, float32 `(samples,)`."""
    blocks, samples = [], 0
    for block in audio_blocks(file, components.rate, components.max_samples / components.rate):
        blocks.append(block)
        samples += len(block)
        # What a resampler holds back comes in the next block.
        if samples >= components.max_samples:
            break
    return np.concatenate(blocks)[: components.max_samples]
