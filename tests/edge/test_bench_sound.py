"""Measuring, with a model of tones in the place of a bundle's."""

import json
import wave

import numpy as np
import pytest

from edge.__main__ import main
from edge.bench_sound import RECORDINGS
from edge.bundle import read_bundle

WORDS = [("one", 0.5, 0.9), ("two", 1.1, 1.5), ("three", 1.7, 2.1)]


@pytest.fixture
def bundle(bundle, seal, tones, monkeypatch):
    seal(bundle, json.loads((bundle / "manifest.json").read_bytes()) | {"task": "speech"})
    monkeypatch.setattr(
        "edge.bench_sound.open_recognizer_components", lambda bundle, threads: tones.components(tones.model(), 6.0)
    )
    return bundle


@pytest.fixture
def recording(tones, tmp_path):
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, tones.rate, 0, "NONE", ""))
        file.writeframes(np.rint(32767 * tones.say(WORDS, 3.0)).astype("<i2").tobytes())
    return path


def ascends(values: dict[str, float]) -> bool:
    return 0 < values["p50"] <= values["p90"] <= values["p99"]


def test_made_up_sound(bundle, capsys):
    assert main(["bench", str(bundle), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["recordings"] == RECORDINGS and found["seconds"] == 5.0 and found["beam"] == 1
    assert ascends(found["first_word_ms"]) and ascends(found["seconds_per_second"])
    assert found["model_mb"] * 1e6 == read_bundle(bundle).model.stat().st_size and found["start_ms"] > 0


def test_a_recording(bundle, recording, capsys):
    assert main(["bench", str(bundle), "--source", str(recording), "--beam", "2", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["seconds"] == 3.0 and found["beam"] == 2
    # The first word is decided before the last.
    assert found["first_word_ms"]["p50"] < 3000 * found["seconds_per_second"]["p50"]


def test_for_people(bundle, recording, capsys):
    assert main(["bench", str(bundle), "--source", str(recording)]) == 0
    said = capsys.readouterr().out
    assert "s of computing per second of sound" in said and f"{RECORDINGS} recordings of 3.0 s, beam 1" in said


def test_a_recording_without_speech(bundle, recording, tones, tmp_path, capsys):
    with wave.open(str(tmp_path / "none.wav"), "wb") as file:
        file.setparams((1, 2, tones.rate, 0, "NONE", ""))
        file.writeframes(bytes(20_000))
    for name, message in (("none.wav", "has no speech"), ("gone.wav", "no such file")):
        assert main(["bench", str(bundle), "--source", str(tmp_path / name)]) == 2
        assert f"{tmp_path / name}: {message}" in capsys.readouterr().err
