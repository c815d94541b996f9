"""How transcripts are made, scored and compared, those of runs and of bundles alike."""

import itertools
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import keras

from edge.bundle import Manifest
from edge.recognizer import Recognizer
from edge.search.options import SearchOptions
from pipelines.data.files import PathLike
from pipelines.data.recordings import Recording, RecordingReader, load
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.protocol import Decoding, Metric
from pipelines.tasks.speech.transcribe import run_recognizer
from pipelines.tasks.speech.wer import alignment, score, word_errors

# Transcripts that are logged after each epoch.
_SHOWN = 3

# Wrong transcripts that a report shows below their references.
_ALIGNED = 30

# Recordings that are in memory at a time.
_CHUNK = 64

Transcribe = Callable[[Sequence[Recording]], list[str]]

_WER = Metric("wer", "WER", larger_is_better=False, worst=100.0, tolerance=0.3)
_CER = Metric("cer", "CER", larger_is_better=False, worst=100.0)


class SpeechScores:
    """Implement `pipelines.tasks.protocol.Scores`."""

    metrics = (_WER, _CER, Metric("exact", "exact match"))
    logged = (Metric("perplexity", "perplexity", 2, larger_is_better=False), _WER, _CER)
    counted = "recordings"
    latency = ("second_ms", "ms per second of sound")

    def bundle_reader(self, manifest: Manifest, patterns: PathLike | Iterable[PathLike]) -> RecordingReader:
        """Return recordings."""
        return RecordingReader(patterns)

    def predictor(self, run: Run, network: keras.Model, decoding: Decoding) -> Transcribe:
        """Return what transcribes recordings with the device's search over a Keras model."""
        return _transcribe(run_recognizer(run, network), decoding)

    def bundle_predictor(self, bundle: Path, decoding: Decoding) -> Transcribe:
        """Return what transcribes recordings with a bundle."""
        return _transcribe(Recognizer(bundle, threads=decoding.threads), decoding)

    def score(
        self, predict: Transcribe, data: RecordingReader, limit: int | None, detailed: bool = False
    ) -> dict[str, Any]:
        """Transcribe recordings, at most `limit` of them, and score the transcripts."""
        chosen = list(itertools.islice(data, limit))
        return score(predict(chosen), [recording.text for recording in chosen])

    def show(self, run: Run, predict: Transcribe, sample: RecordingReader) -> None:
        """Log transcripts of some recordings."""
        shown = list(itertools.islice(sample, _SHOWN))
        for recording, transcript in zip(shown, predict(shown), strict=True):
            log(f"  {transcript}  ({recording.text})")

    def identity(self, data: RecordingReader, limit: int | None) -> list[Any]:
        """Return paths and transcripts of the recordings."""
        return [[str(each.path), each.offset, each.text] for each in itertools.islice(data, limit)]

    def outputs(self, predict: Transcribe, data: RecordingReader, limit: int | None) -> list[Any]:
        """Return transcripts."""
        return predict(list(itertools.islice(data, limit)))

    def compare(self, outputs: list[Any], first: list[Any], data: RecordingReader, limit: int | None) -> dict[str, Any]:
        """Return wer, cer, same (percent equal to the first model's), numbers of words by error, and alignments."""
        references = [recording.text for recording in itertools.islice(data, limit)]
        scores = score(outputs, references)
        return {
            "wer": scores["wer"],
            "cer": scores["cer"],
            "same": 100.0 * sum(map(str.__eq__, outputs, first)) / len(first),
            **word_errors(outputs, references),
            "notes": f"```text\n{alignment(outputs, references, _ALIGNED)}\n```",
        }

    def bench_input(self, data: RecordingReader, limit: int | None) -> str:
        """Return nothing: latency is measured on synthetic sound."""
        return ""


def _transcribe(recognizer: Recognizer, decoding: Decoding) -> Transcribe:
    options = SearchOptions(beam=decoding.beam)
    rate = recognizer.components.rate

    def predict(recordings: Sequence[Recording]) -> list[str]:
        found: list[str] = []
        for start in range(0, len(recordings), _CHUNK):
            chunk = [load(recording, rate) for recording in recordings[start : start + _CHUNK]]
            found += [transcript.text for transcript in recognizer.transcribe_all(chunk, options)]
        return found

    return predict
