"""Readers of recordings: what is used, with which length, and what is counted."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edge.errors import MissingPackageError, UserError
from edge.tokenizer import Tokenizer
from keras_s2s.tokenizer import train_tokenizer
from pipelines.data.recording_files import Recording
from pipelines.data.recording_limits import RecordingLimits
from pipelines.data.recordings import RecordingReader, load


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    """A token per letter of a word, and one for its beginning."""
    path = tmp_path_factory.mktemp("tokenizer") / "target.model"
    train_tokenizer(["one two three four", "aabb"] * 3, path, "char", 20, 1.0)
    assert Tokenizer(path).tokens(Tokenizer(path).encode("two")) == ["▁", "t", "w", "o", "</s>"]
    return Tokenizer(path)


def write_list(path: Path, *rows: tuple[str, ...]) -> Path:
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_usable_recordings_have_their_length(tmp_path, write_tone):
    write_tone(tmp_path / "audio" / "a.wav", 1.5)
    write_tone(tmp_path / "audio" / "b.flac", 0.5, 44100)
    write_tone(tmp_path / "audio" / "c.ogg", 2.0, 8000)
    names = ["audio/a.wav", "audio/b.flac", "audio/c.ogg"]
    path = write_list(tmp_path / "a.tsv", *((name, "one", f"speaker {name}") for name in names))
    reader = RecordingReader(path)
    for _ in range(2):
        found = list(reader)
        assert [recording.path for recording in found] == [tmp_path / name for name in names]
        assert [recording.duration for recording in found] == [1.5, 0.5, 2.0]
        assert [recording.speaker for recording in found] == [f"speaker {name}" for name in names]
        assert reader.summary() == "3 recordings, all used; 0.00 hours of sound"
    assert reader.corpora == [[path]] and reader.paths == [path]
    assert reader.name == str(path)


def test_what_cannot_be_used_is_counted(tmp_path, write_tone):
    write_tone(tmp_path / "good.wav", 1800.0, 2000)
    write_tone(tmp_path / "short.wav", 0.04)
    soundfile.write(tmp_path / "none.wav", np.zeros(0), 16000)
    write_tone(tmp_path / "cut.wav", 1.0)
    (tmp_path / "cut.wav").write_bytes((tmp_path / "cut.wav").read_bytes()[:-100])
    (tmp_path / "text.wav").write_text("no sound")
    (tmp_path / "empty.wav").touch()
    (tmp_path / "folder.wav").mkdir()
    names = ["good", "missing", "short", "none", "cut", "text", "empty", "folder", "good"]
    path = write_list(tmp_path / "a.tsv", *((f"{name}.wav", "one") for name in names), ("good.wav", ""))
    reader = RecordingReader(path)
    assert [recording.path.name for recording in reader] == ["good.wav", "good.wav"]
    assert reader.counts.unused == {
        "whose file is missing": 1,
        "shorter than 0.05 s": 1,
        "without sound": 1,
        "damaged or unreadable": 4,
        "without a transcript": 1,
    }
    summary = reader.summary()
    assert summary.startswith("8 of 10 recordings unused: 4 damaged or unreadable, 1 ")
    assert f"(first: {path}:2); 1.00 hours of sound; {tmp_path / 'cut.wav'}: is cut" in summary
    for name in ("text", "empty", "folder"):
        assert f"{tmp_path / name}.wav: is " in summary


def test_many_damaged_files_are_named_once(tmp_path, write_tone):
    write_tone(tmp_path / "good.wav", 1.0)
    for index in range(13):
        (tmp_path / f"{index}.wav").touch()
    rows = [("good.wav", "one"), *((f"{index}.wav", "one") for index in range(13)), ("0.wav", "one")]
    reader = RecordingReader(write_list(tmp_path / "a.tsv", *rows))
    list(reader)
    assert reader.counts.unused["damaged or unreadable"] == 14
    assert reader.summary().count("is empty") == 10
    assert reader.summary().endswith("; and 3 more files")


def test_parts_of_a_file(tmp_path, write_tone):
    write_tone(tmp_path / "a.flac", 3.0)
    entries = [
        ({"offset": 1.0, "duration": 0.5}, 0.5),
        ({"offset": 2.5}, 0.5),
        ({"duration": 2.0}, 2.0),
        ({"offset": 2.0, "duration": 5.0}, 1.0),
        ({"offset": 3.0}, None),
        ({"offset": 4.0, "duration": 1.0}, None),
        ({"duration": 0.0}, None),
        ({"offset": 2.99}, None),
    ]
    lines = [json.dumps({"audio_filepath": "a.flac", "text": "one", **entry}) for entry, _ in entries]
    (tmp_path / "a.json").write_text("\n".join(lines) + "\n")
    reader = RecordingReader(tmp_path / "a.json")
    found = list(reader)
    assert [recording.duration for recording in found] == [seconds for _, seconds in entries if seconds]
    assert reader.counts.unused == {
        "with an offset behind the end": 2,
        "without sound": 1,
        "shorter than 0.05 s": 1,
    }
    whole, _ = soundfile.read(tmp_path / "a.flac", dtype="float32")
    for recording in found:
        start = round(recording.offset * 16000)
        sound = load(recording, 16000)
        np.testing.assert_array_equal(sound, whole[start : start + round(recording.duration * 16000)])
    assert len(load(found[0], 8000)) == 4000


def test_limits(tmp_path, write_tone, tokenizer):
    """CTC: a position of 0.1 s for each of the tokens, and one between two equal ones."""
    for seconds in (0.3, 0.41, 0.5, 0.7, 5.0):
        write_tone(tmp_path / f"{seconds}.wav", seconds)
    rows = [
        ("0.3.wav", "two"),
        ("0.41.wav", "two"),
        ("0.5.wav", "aabb"),
        ("0.7.wav", "aabb"),
        ("0.7.wav", "\u200b"),
        ("5.0.wav", "one"),
        ("0.7.wav", "two three four"),
    ]
    path = write_list(tmp_path / "a.tsv", *rows)
    assert len(list(RecordingReader(path))) == 7
    limits = RecordingLimits(
        tokenizer, 16000, max_seconds=4.0, max_length=10, positions=lambda samples: -(-samples // 1600)
    )
    reader = RecordingReader(path, limits)
    assert [(str(recording.path.name), recording.text) for recording in reader] == [
        ("0.41.wav", "two"),
        ("0.7.wav", "aabb"),
    ]
    assert reader.counts.unused == {
        "too short for their transcript": 2,
        "without a transcript": 1,
        "longer than 4 s": 1,
        "with a transcript of more than 10 tokens": 1,
    }
    reader.limits = RecordingLimits(tokenizer, 16000, max_seconds=4.0, max_length=100)
    assert len(list(reader)) == 5


@pytest.mark.parametrize("samples, text, fits", [(1, "", True), (3201, "o", True), (1600, "o", False)])
def test_positions_of_ctc(tokenizer, samples, text, fits):
    limits = RecordingLimits(tokenizer, 16000, 4.0, 10, lambda samples: -(-samples // 1600))
    assert limits.has_positions(samples, tokenizer.encode(text)) == fits


def test_lists_without_a_usable_recording(tmp_path, write_tone):
    def refused(*rows: tuple[str, ...]) -> str:
        with pytest.raises(UserError) as error:
            list(RecordingReader(write_list(tmp_path / "a.tsv", *rows)))
        return str(error.value).removeprefix(f"{tmp_path / 'a.tsv'}: no recording can be used: ")

    message = refused(("el gato", "the cat"), ("el perro", "the dog"))
    assert message.startswith(f"2 whose file is missing (such as {tmp_path / 'el perro'}); paths are relative")
    (tmp_path / "a.wav").touch()
    message = refused(("a.wav", "one"))
    assert message.startswith(f"1 damaged or unreadable; {tmp_path / 'a.wav'}: is empty")
    write_tone(tmp_path / "a.wav", 1.0)
    assert refused(("a.wav", ""), ("a.wav", "")).startswith("2 without a transcript; ")


def test_several_lists(tmp_path, write_tone):
    write_tone(tmp_path / "a.wav", 1.0)
    paths = [write_list(tmp_path / f"{part}.tsv", ("a.wav", part)) for part in "abc"]
    reader = RecordingReader([tmp_path / "[ab].tsv", paths[2]])
    assert reader.corpora == [paths[:2], paths[2:]]
    assert [recording.text for recording in reader] == ["a", "b", "c"]
    with pytest.raises(UserError, match="no such file"):
        RecordingReader(tmp_path / "none.tsv")


def test_a_missing_package_is_no_damage(tmp_path, write_tone, monkeypatch):
    write_tone(tmp_path / "a.flac", 1.0)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(MissingPackageError, match="needs soundfile"):
        list(RecordingReader(write_list(tmp_path / "a.tsv", ("a.flac", "one"))))


def test_load_without_a_known_duration(tmp_path, write_tone):
    write_tone(tmp_path / "a.wav", 1.0, 8000)
    assert len(load(Recording(tmp_path / "a.wav", "one"), 16000)) == 16000
