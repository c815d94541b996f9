"""eSpeak NG through ctypes."""

import sys
from pathlib import Path

import numpy as np
import pytest

from edge.errors import MissingPackageError, UserError
from pipelines.data.synthesizer import open_synthesizer

loader = pytest.importorskip("espeakng_loader", reason="espeakng-loader is not installed")


def test_speech():
    with open_synthesizer() as synthesizer:
        assert synthesizer.rate == 22050
        audio = synthesizer.speak("one hundred and five", "en", 175, 50, 50)
        assert audio.dtype == np.float32
        assert 0.8 < len(audio) / 22050 < 2.0
        assert 0.05 < np.abs(audio).max() <= 1.0
        assert len(synthesizer.speak("one hundred and five", "en", 300, 50, 50)) < 0.8 * len(audio)
        assert len(synthesizer.speak("", "en", 175, 50, 50)) < 2205
        # Letters that are not ASCII are read as UTF-8.
        assert len(synthesizer.speak("é", "en", 175, 50, 50)) < len(audio)


def test_pitch():
    """The strongest period of a vowel becomes shorter."""

    def frequency(pitch: int) -> float:
        audio = synthesizer.speak("aaah", "en+m1", 80, pitch, 0)
        middle = audio[len(audio) // 3 :][:4096]
        correlation = np.correlate(middle, middle, "full")[4095:]
        return 22050 / (60 + np.argmax(correlation[60:400]))

    with open_synthesizer() as synthesizer:
        assert frequency(90) > 1.3 * frequency(10)


def test_the_same_calls_give_the_same_sound():
    def speak() -> list[np.ndarray]:
        with open_synthesizer() as synthesizer:
            voices = ("en+m3", "en-us+f2", "en+klatt3", "en+aunty", "en+m3")
            return [synthesizer.speak("seven", voice, 175, 50, 50) for voice in voices]

    for first, again in zip(speak(), speak(), strict=True):
        np.testing.assert_array_equal(first, again)


def test_a_voice_that_is_none():
    with open_synthesizer() as synthesizer, pytest.raises(ValueError, match="no voice xx"):
        synthesizer.speak("one", "xx", 175, 50, 50)


def test_the_package_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "espeakng_loader", None)
    with pytest.raises(MissingPackageError, match=r"pip install \"keras-s2s\[train\]\""), open_synthesizer():
        pass


def test_the_library_does_not_load(monkeypatch, tmp_path):
    broken = tmp_path / "libespeak-ng.so"
    for path in (broken, tmp_path / "none.so"):
        broken.write_bytes(b"no library")
        monkeypatch.setattr(loader, "get_library_path", lambda path=path: str(path))
        with pytest.raises(UserError, match="does not work here"), open_synthesizer():
            pass


def test_the_data_are_missing(monkeypatch, tmp_path, capfd):
    monkeypatch.setattr(loader, "get_data_path", lambda: str(tmp_path / "none"))
    with pytest.raises(UserError, match="does not work here"), open_synthesizer():
        pass
    with pytest.raises(UserError, match="does not work here") as error, open_synthesizer():
        pass
    assert "\n" not in str(error.value)


def test_data_in_a_deep_folder(monkeypatch, tmp_path):
    """Longer than the 160 characters that the library has room for."""
    deep = Path(tmp_path, "x" * 100, "y" * 100)
    deep.mkdir(parents=True)
    (deep / "espeak-ng-data").symlink_to(loader.get_data_path())
    monkeypatch.setattr(loader, "get_data_path", lambda: str(deep / "espeak-ng-data"))
    with open_synthesizer() as synthesizer:
        assert len(synthesizer.speak("one", "en", 175, 50, 50)) > 2000
