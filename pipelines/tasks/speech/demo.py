"""What the speech demo brings: synthetic spoken numbers."""

import itertools
from pathlib import Path

from rich.console import Console
from rich.table import Table

from edge.recognizer import Recognizer
from pipelines.data.recordings import RecordingReader, load
from pipelines.data.spoken_numbers import fetch_spoken_numbers
from pipelines.tasks.speech.listening_plot import plot_listening
from pipelines.tasks.task import Splits

_SHOWN = 10


class SpeechDemo:
    """Implement `pipelines.tasks.protocol.Demo`."""

    data = "synthetic speech: numbers below a thousand, in other voices in test than in training"
    training = "a recognizer"
    minutes = 5.0
    recipe = "speech-tiny"
    settings = ()
    languages = ("en", "en")

    def fetch(self, out: Path) -> Splits:
        """Synthesize the data set."""
        data = out / "spoken-numbers"
        fetch_spoken_numbers(data)
        return Splits(data / "train.tsv", data / "valid.tsv", data / "test.tsv")

    def show(self, bundle: Path, splits: Splits, out: Path) -> list[str]:
        """Print transcripts of test recordings, and plot where the network has listened for one of them."""
        recognizer = Recognizer(bundle)
        recordings = list(RecordingReader(splits.test))
        shown = list(itertools.islice(recordings, 0, None, max(1, len(recordings) // _SHOWN)))[:_SHOWN]
        table = Table(title="Test recordings (synthetic), transcribed by the int8 bundle", title_justify="left")
        for column in ("recording", "transcript", "reference"):
            table.add_column(column)
        for recording in shown:
            transcript = recognizer.transcribe(load(recording, recognizer.rate), recognizer.rate)
            table.add_row(recording.path.name, transcript.text, recording.text)
        Console().print(table)
        longest = max(recordings, key=lambda recording: len(recording.text))
        plot_listening(recognizer, load(longest, recognizer.rate), out / "attention.png")
        return ["python -m edge transcribe", str(bundle), str(longest.path)]
