"""How a student of speech learns from its teacher."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edge.errors import MissingPackageError, UserError
from edge.search.options import SearchOptions
from pipelines.data.files import PathLike
from pipelines.data.recording_files import write_recordings
from pipelines.data.recordings import Recording, RecordingReader, load
from pipelines.log import log
from pipelines.run import Run
from pipelines.tasks.seq2seq_distillation import Seq2SeqDistillation
from pipelines.tasks.speech.config import SpeechConfig
from pipelines.tasks.speech.transcribe import ensemble_recognizer

# Batch size of teachers in phrases.
_BATCH = 32


class SpeechDistillation(Seq2SeqDistillation[Recording]):
    """Implement `pipelines.tasks.task.Distillation`."""

    student = "speech-tiny"
    name = "teacher.jsonl"
    # Their sound is in memory together.
    chunk = 64

    def word_settings(self, teacher: Run) -> dict[str, Any]:
        """Return the teacher, and the sampling rate of the sound that both read."""
        assert isinstance(teacher.config, SpeechConfig)
        return {"train.teacher": str(teacher.path.resolve()), "audio.rate": teacher.config.audio.rate}

    def open(self, path: Path) -> Run:
        """Open a teacher."""
        return Run.open(path, {"speech": SpeechConfig})

    def examples(self, teacher: Run, files: Sequence[PathLike]) -> RecordingReader:
        """Return the recordings of lists."""
        return RecordingReader(files)

    def identity(self, example: Recording) -> list[Any]:
        """Return which part of which file is heard."""
        return [str(example.path.absolute()), example.offset, example.duration]

    def predictor(self, teachers: Sequence[Run], beam: int) -> Callable[[Sequence[Recording]], list[Recording]]:
        """Return what transcribes recordings as evaluation does, in batches and with CTC."""
        recognizer = ensemble_recognizer(teachers, _BATCH)

        def predict(recordings: Sequence[Recording]) -> list[Recording]:
            sounds = [_sound(recording, recognizer.rate) for recording in recordings]
            transcripts = recognizer.transcribe_all(sounds, SearchOptions(beam=beam))
            found = zip(recordings, transcripts, strict=True)
            return [recording._replace(text=heard.text) for recording, heard in found if heard.text.strip()]

        return predict

    def write(self, file: Path, examples: Sequence[Recording]) -> None:
        """Write a manifest."""
        write_recordings(file, examples)


def _sound(recording: Recording, rate: int) -> np.ndarray:
    """Return the sound of a recording, or no sound if its file is damaged: training skips it, too."""
    try:
        return load(recording, rate)
    except MissingPackageError:
        raise
    except UserError as error:
        log(f"{error}; skipped this recording")
        return np.zeros(0, np.float32)
