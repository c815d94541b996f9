"""The synthetic data set of spoken numbers, made small."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.errors import UserError
from pipelines.data import spoken_numbers
from pipelines.data.recordings import RecordingReader
from pipelines.data.spoken_numbers import fetch_spoken_numbers, number_words
from pipelines.jobs.fetch import fetch


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("espeakng_loader", reason="espeakng-loader is not installed")
    monkeypatch.setattr(spoken_numbers, "SIZES", {"train": 30, "valid": 10, "test": 12})


@pytest.mark.parametrize(
    "number, words",
    [
        (0, "zero"),
        (7, "seven"),
        (10, "ten"),
        (13, "thirteen"),
        (20, "twenty"),
        (42, "forty two"),
        (100, "one hundred"),
        (105, "one hundred and five"),
        (319, "three hundred and nineteen"),
        (440, "four hundred and forty"),
        (999, "nine hundred and ninety nine"),
    ],
)
def test_words(number, words):
    assert number_words(number) == words


def test_a_thousand_different_transcripts():
    assert len({number_words(number) for number in range(1000)}) == 1000


def test_parts(tmp_path, capsys):
    out = tmp_path / "numbers"
    fetch("spoken-numbers", out)
    words = {number_words(number) for number in range(1000)}
    variants, sounds = {}, set()
    for part, count in spoken_numbers.SIZES.items():
        recordings = list(RecordingReader(out / f"{part}.tsv"))
        assert len(recordings) == count
        # A number comes again only when each has come.
        assert len({recording.text for recording in recordings}) == count
        for recording in recordings:
            assert recording.text in words
            audio, rate = soundfile.read(recording.path)
            assert rate == 16000 and audio.ndim == 1
            # Speech of between 0.25 and 3 s, and some silence around it.
            assert 0.35 < recording.duration < 3.5
            assert 0.09 < np.abs(audio).max() < 0.96
            # It has noise, and speech is louder.
            edge, middle = audio[:800], audio[len(audio) // 3 : 2 * len(audio) // 3]
            assert 0.0 < edge.std() < middle.std()
            sounds.add(audio.tobytes())
        variants[part] = {recording.speaker.partition("+")[2] for recording in recordings}
        assert len({recording.speaker for recording in recordings}) > count // 2
    assert len(sounds) == 52
    assert not variants["train"] & (variants["valid"] | variants["test"]) and not variants["valid"] & variants["test"]
    assert "synthetic" in (out / "ATTRIBUTION").read_text() and "eSpeak NG" in (out / "ATTRIBUTION").read_text()
    assert "synthetic" in capsys.readouterr().err
    before = (out / "train.tsv").stat().st_mtime_ns
    fetch("spoken-numbers", out)
    assert (out / "train.tsv").stat().st_mtime_ns == before
    assert "already there" in capsys.readouterr().err


def test_longer_numbers_take_longer(tmp_path):
    fetch_spoken_numbers(tmp_path / "numbers")
    recordings = list(RecordingReader(tmp_path / "numbers" / "train.tsv"))
    lengths = [[recording.duration, len(recording.text)] for recording in recordings]
    assert np.corrcoef(np.transpose(lengths))[0, 1] > 0.6


def test_the_same_every_time(tmp_path):
    for name in ("one", "other"):
        fetch_spoken_numbers(tmp_path / name)
    files = sorted(file.relative_to(tmp_path / "one") for file in (tmp_path / "one").rglob("*") if file.is_file())
    assert len(files) == 52 + 4
    assert all((tmp_path / "one" / file).read_bytes() == (tmp_path / "other" / file).read_bytes() for file in files)


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("kept")
    with pytest.raises(UserError, match="is not empty and holds no spoken-numbers"):
        fetch_spoken_numbers(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]


def test_a_file_to_read_from_is_refused(tmp_path):
    with pytest.raises(UserError, match="spoken-numbers are generated"):
        fetch("spoken-numbers", tmp_path / "numbers", Path("numbers.zip"))


def test_all_voices_exist():
    from pipelines.data.synthesizer import open_synthesizer

    parts = spoken_numbers.VOICES
    voices = [voice for part in parts.values() for voice in part]
    assert len(voices) == len(set(voices)) > 500
    with open_synthesizer() as synthesizer:
        for voice in voices[::7] + parts["valid"] + parts["test"]:
            assert np.abs(synthesizer.speak("six", voice, 200, 50, 50)).max() > 0.01
