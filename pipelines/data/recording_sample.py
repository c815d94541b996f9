"""A sample of recordings as a data set of its own."""

import itertools
from pathlib import Path

import soundfile

from pipelines.data.recordings import RecordingReader, load

LIST = "sample.tsv"


def write_recording_sample(reader: RecordingReader, folder: Path, rate: int, recordings: int, seconds: float) -> None:
    """Write a sample of a data set, evenly from all of it.

    Args:
        reader: the data set.
        folder: a new one, for sound files of 16 bits and their list.
        rate: of the files, in Hz.
        recordings: how many are written, at most.
        seconds: of sound that are written, at most; one recording at least.
    """
    chosen = list(reader)
    step = max(1.0, len(chosen) / recordings, sum(each.duration or 0.0 for each in chosen) / seconds)
    places = itertools.takewhile(lambda place: place < len(chosen), (int(index * step) for index in itertools.count()))
    folder.mkdir()
    lines = []
    for number, place in enumerate(places):
        name = f"{number:04}.flac"
        soundfile.write(folder / name, load(chosen[place], rate), rate, subtype="PCM_16")
        lines.append(f"{name}\t{chosen[place].text}\n")
    (folder / LIST).write_text("".join(lines), encoding="utf-8")
