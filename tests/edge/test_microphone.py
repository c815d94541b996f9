"""Without a microphone: a module in the place of sounddevice."""

import sys
import threading
from types import SimpleNamespace

import numpy as np
import pytest

from edge.errors import UserError
from edge.microphone import microphone_blocks


class PortAudioError(Exception):
    pass


class Device(SimpleNamespace):
    """Behaves as sounddevice with one microphone that hears a ramp, two channels or one, at its own rates."""

    PortAudioError = PortAudioError

    def __init__(self, rates: tuple[int, ...] = (16_000, 48_000), present: bool = True, blocks: int = 5):
        super().__init__(rates=rates, present=present, blocks=blocks, is_open=False)

    def query_devices(self, kind: str) -> dict:
        if not self.present:
            raise PortAudioError("Error querying device -1")
        return {"default_samplerate": float(self.rates[-1])}

    def check_input_settings(self, channels: int, dtype: str, samplerate: int) -> None:
        if samplerate not in self.rates:
            raise PortAudioError("Invalid sample rate")

    def InputStream(self, samplerate: int, blocksize: int, channels: int, dtype: str, callback) -> "Device":
        assert (channels, dtype) == (1, "float32") and samplerate in self.rates
        self.callback, self.size = callback, blocksize
        return self

    def __enter__(self) -> None:
        self.is_open = True
        ramp = np.arange(self.blocks * self.size, dtype=np.float32)[:, None] / 1e5

        def hear() -> None:
            buffer = np.empty((self.size, 1), np.float32)
            for start in range(0, len(ramp), self.size):
                # The library uses its buffer again.
                buffer[:] = ramp[start : start + self.size]
                self.callback(buffer, self.size, None, None)

        self.thread = threading.Thread(target=hear)
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.thread.join()
        self.is_open = False


def heard(monkeypatch, device: Device, rate: int, blocks: int) -> np.ndarray:
    monkeypatch.setitem(sys.modules, "sounddevice", device)
    stream = microphone_blocks(rate)
    found = [next(stream) for _ in range(blocks)]
    assert device.is_open
    stream.close()
    assert not device.is_open
    return np.concatenate(found)


def test_blocks_follow_each_other(monkeypatch):
    found = heard(monkeypatch, Device(), 16_000, 5)
    assert found.dtype == np.float32 and found == pytest.approx(np.arange(8000) / 1e5)


def test_a_microphone_without_the_rate_is_resampled(monkeypatch):
    pytest.importorskip("soxr")
    found = heard(monkeypatch, Device((48_000,), blocks=20), 16_000, 15)
    # Every third sample of the ramp; the beginning rings.
    assert len(found) > 10_000
    assert found[2000:10_000] == pytest.approx(np.arange(2000, 10_000) * 3 / 1e5, abs=1e-3)


def test_sound_that_nobody_takes_is_lost_with_a_warning(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", Device(blocks=700))
    stream = microphone_blocks(16_000)
    with pytest.warns(UserWarning, match="sound of the microphone is lost"):
        next(stream)
        stream.close()


def test_no_microphone(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", Device(present=False))
    with pytest.raises(UserError, match=r"--microphone: no microphone can be opened \(Error querying device -1\)"):
        next(microphone_blocks(16_000))


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(UserError, match=r'--microphone: needs sounddevice; .* "keras-s2s\[microphone\]"'):
        next(microphone_blocks(16_000))


def test_without_its_library(monkeypatch, tmp_path):
    (tmp_path / "sounddevice.py").write_text("raise OSError('PortAudio library not found')")
    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(UserError, match=r"needs the PortAudio library \(PortAudio library not found\)"):
        next(microphone_blocks(16_000))
