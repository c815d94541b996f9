"""Audio against soundfile, the standard library's `wave` and tones of a known frequency."""

import io
import os
import subprocess
import sys
import tracemalloc
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.audio import audio_blocks, audio_seconds, read_audio, resample, to_mono_float
from edge.errors import UserError

Damage = Callable[[bytes], bytes]


def tone(frequency: float, rate: int, seconds: float = 1.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)).astype(np.float32)


def write_wave(path: Path, samples: np.ndarray, rate: int = 16000) -> Path:
    """16 bits, by the standard library; samples are `(samples,)` or `(samples, channels)`."""
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(np.rint(samples * 32767).astype("<i2").tobytes())
    return path


def refused(path: object, **options: object) -> str:
    with pytest.raises(UserError) as error:
        read_audio(path, 16000, **options)
    message = str(error.value)
    assert "\n" not in message
    return message


@pytest.fixture
def soundfile():
    return pytest.importorskip("soundfile", reason="soundfile is not installed")


@pytest.fixture
def soxr():
    return pytest.importorskip("soxr", reason="soxr is not installed")


def test_wave_at_the_models_rate(tmp_path):
    samples = tone(440, 16000)
    audio, rate = read_audio(write_wave(tmp_path / "a.wav", samples), 16000)
    assert (audio.shape, audio.dtype, rate) == ((16000,), np.float32, 16000)
    np.testing.assert_allclose(audio, samples, atol=1e-4)
    assert audio_seconds(tmp_path / "a.wav") == 1.0


def test_wave_needs_numpy_alone(root, tmp_path):
    write_wave(tmp_path / "a.wav", tone(440, 16000))
    code = (
        f"import sys; from edge.audio import read_audio; print(len(read_audio({str(tmp_path / 'a.wav')!r}, 16000)[0]))"
    )
    code += "; print(*({'soundfile', 'soxr', 'scipy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "16000\n\n"


@pytest.mark.parametrize("channels", [2, 6])
def test_channels_are_averaged(tmp_path, channels):
    samples = np.random.default_rng(0).uniform(-1, 1, (1000, channels))
    audio, _ = read_audio(write_wave(tmp_path / "a.wav", samples), 16000)
    np.testing.assert_allclose(audio, samples.mean(axis=1), atol=1e-4)


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000, 96000])
def test_resampled_tone_keeps_its_frequency(tmp_path, soxr, rate):
    audio, found = read_audio(write_wave(tmp_path / "a.wav", tone(1000, rate), rate), 16000)
    assert (len(audio), found) == (16000, 16000)
    # Away from the ends, where a filter sees silence.
    np.testing.assert_allclose(audio[1000:-1000], tone(1000, 16000)[1000:-1000], atol=1e-3)
    assert read_audio(tmp_path / "a.wav")[1] == rate


def test_frequencies_above_the_models_are_removed(tmp_path, soxr):
    audio, _ = read_audio(write_wave(tmp_path / "a.wav", tone(12000, 48000), 48000), 16000)
    assert np.abs(audio[1000:-1000]).max() < 1e-3


def test_resample(soxr):
    np.testing.assert_allclose(resample(tone(300, 8000), 8000, 16000)[500:-500], tone(300, 16000)[500:-500], atol=1e-3)
    audio = tone(300, 8000)
    assert resample(audio, 8000, 8000) is audio
    assert len(resample(audio, 16000, 16000 / 1.1)) == round(8000 / 1.1)


@pytest.mark.parametrize(
    "kind, subtype",
    [
        *(("FLAC", "PCM_16"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III")),
        *(("WAV", "ULAW"), ("WAV", "IMA_ADPCM"), ("RF64", "PCM_16"), ("AIFF", "PCM_16"), ("AU", "PCM_16")),
    ],
)
def test_other_formats(tmp_path, soundfile, kind, subtype):
    samples = tone(440, 16000, 2.0)
    # The name does not say what it is.
    path = tmp_path / "a.wav"
    soundfile.write(path, np.stack([samples, samples], axis=1), 16000, format=kind, subtype=subtype)
    audio, rate = read_audio(path, 16000)
    assert rate == 16000
    # MP3 begins and ends with silence of its own.
    assert abs(len(audio) - 32000) < 0.1 * 16000
    spectrum = np.abs(np.fft.rfft(audio[4000:20000]))
    assert np.argmax(spectrum) == 440
    assert abs(np.abs(audio[4000:20000]).max() - 0.5) < 0.05
    assert audio_seconds(path) == len(audio) / 16000
    with path.open("rb") as stream:
        np.testing.assert_array_equal(read_audio(stream, 16000)[0], audio)


def test_a_part(tmp_path, soundfile):
    samples = np.random.default_rng(0).uniform(-1, 1, 16000).astype(np.float32)
    soundfile.write(tmp_path / "a.flac", samples, 8000)
    write_wave(tmp_path / "a.wav", samples, 8000)
    for name in ("a.wav", "a.flac"):
        whole, _ = read_audio(tmp_path / name)
        for offset, duration, start, end in (
            (0.5, None, 4000, 16000),
            (0.0, 0.25, 0, 2000),
            (1.5, 0.125, 12000, 13000),
            (1.5, 60.0, 12000, 16000),
        ):
            part, _ = read_audio(tmp_path / name, offset=offset, duration=duration)
            np.testing.assert_array_equal(part, whole[start:end])
    for offset, duration in ((2.0, None), (3.0, 1.0), (0.5, 0.0), (-1.0, None)):
        message = refused(tmp_path / "a.wav", offset=offset, duration=duration)
        assert "a.wav: is 2 s long" in message and f"an offset of {offset:g} s" in message


@pytest.mark.parametrize("rate", [8000, 44100])
def test_blocks_are_the_whole(tmp_path, soxr, soundfile, rate):
    samples = np.random.default_rng(0).uniform(-1, 1, (rate * 3, 2))
    soundfile.write(tmp_path / "a.flac", samples, rate)
    whole, _ = read_audio(tmp_path / "a.flac", 8000)
    assert len(whole) == 24000
    for seconds in (0.1, 0.7, 3.0, 100.0):
        blocks = list(audio_blocks(tmp_path / "a.flac", 8000, seconds))
        np.testing.assert_array_equal(np.concatenate(blocks), whole)
        assert max(map(len, blocks)) <= 8000 * seconds * 1.5 + 2000
    np.testing.assert_allclose(whole, soxr.resample(samples.mean(axis=1), rate, 8000), atol=1e-3)


def test_long_recordings_in_bounded_memory(tmp_path):
    """Ten minutes of six channels are 230 MB as floats, and 38 MB as one channel."""
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(6)
        out.setsampwidth(2)
        out.setframerate(16000)
        for _ in range(60):
            out.writeframes(bytes(10 * 16000 * 12))
    tracemalloc.start()
    try:
        assert sum(map(len, audio_blocks(path, 16000, 30.0))) == 600 * 16000
        assert tracemalloc.get_traced_memory()[1] < 25_000_000
        assert len(read_audio(path, 16000)[0]) == 600 * 16000
        assert tracemalloc.get_traced_memory()[1] < 110_000_000
    finally:
        tracemalloc.stop()


def test_streams(tmp_path):
    data = write_wave(tmp_path / "a.wav", tone(440, 16000)).read_bytes()
    assert len(read_audio(io.BytesIO(data), 16000)[0]) == 16000
    reading, writing = os.pipe()
    with open(writing, "wb") as out:
        out.write(data)
    with open(reading, "rb") as stream:
        assert len(read_audio(stream, 16000)[0]) == 16000
    assert refused(io.BytesIO(b"")) == "audio: is empty; copy or record it again"


def test_what_is_no_audio(tmp_path):
    def message(data: bytes, name: str = "a.wav") -> str:
        (tmp_path / name).write_bytes(data)
        found = refused(tmp_path / name)
        assert found.startswith(f"{tmp_path / name}: ")
        return found

    assert "is empty" in message(b"")
    for text in ("hello world", "RIFF is a word", "\ufeffüber", "a.wav\tone\n", "Oggy"):
        assert "is a text file" in message(text.encode())
    for data in (
        bytes(100),
        b"\x89PNG\r\n\x1a\n" + bytes(60),
        "hello".encode("utf-16"),
        b"RIFF\x10\0\0\0AVI LIST",
        b"\0\0\0\x1cftypM4A ",
    ):
        assert "is not audio" in message(data)
    assert "is a damaged WAV file" in message(b"RIFF")
    assert "holds no sound" in message(write_wave(tmp_path / "b.wav", np.zeros(0)).read_bytes())


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 32767.0])
def test_floats_that_are_no_samples(tmp_path, soundfile, value):
    samples = tone(440, 16000)
    samples[700] = value
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")
    message = refused(tmp_path / "a.wav")
    assert "a.wav: audio of floats has samples in [-1, 1], not" in message
    # Somewhat beyond full scale is usual.
    samples[700] = 1.5
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype="FLOAT")
    assert read_audio(tmp_path / "a.wav", 16000)[0].max() == 1.5


def test_rates_that_are_none(tmp_path):
    for rate in (1, 900, 2_000_000):
        assert f"says it has {rate} Hz" in refused(write_wave(tmp_path / "a.wav", tone(440, 16000), rate))


@pytest.mark.parametrize("kind, subtype", [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")])
@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[: len(data) // 10],
        lambda data: data[:100],
        lambda data: data[: len(data) // 3] + bytes(len(data) // 3) + data[2 * len(data) // 3 :],
    ],
)
def test_cut_and_damaged_files(tmp_path, soundfile, kind, subtype, damage: Damage):
    path = tmp_path / "a.audio"
    samples = np.random.default_rng(0).normal(0, 0.1, 160000)
    soundfile.write(path, samples, 16000, format=kind, subtype=subtype)
    path.write_bytes(damage(path.read_bytes()))
    message = refused(path)
    assert "a.audio: is a" in message and "cut" in message
    with pytest.raises(UserError):
        list(audio_blocks(path, 16000))


def test_a_little_cut_ogg(tmp_path, soundfile):
    path = tmp_path / "a.ogg"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 160000), 16000)
    path.write_bytes(path.read_bytes()[:-10])
    assert "is a cut Ogg file" in refused(path)


def test_paths_that_cannot_be_read(tmp_path):
    assert refused(tmp_path / "none.wav").endswith("none.wav: no such file; check the path")
    assert "is a directory" in refused(tmp_path)
    assert "cannot be read (Not a directory)" in refused(write_wave(tmp_path / "a.wav", tone(1, 8000)) / "b.wav")
    assert "is no path" in refused("a\0.wav")
    assert "is no path" in refused("a\udcff.wav")
    assert len(refused(tmp_path / ("x" * 5000))) < 300


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may read everything")
def test_a_locked_file(tmp_path):
    write_wave(tmp_path / "a.wav", tone(440, 16000)).chmod(0)
    assert "cannot be read (Permission denied)" in refused(tmp_path / "a.wav")


def test_a_missing_package_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    monkeypatch.setitem(sys.modules, "soxr", None)
    (tmp_path / "a.wav").write_bytes(b"fLaC" + bytes(100))
    assert 'reading FLAC files needs soundfile; install it with: pip install "keras-s2s[audio]"' in refused(
        tmp_path / "a.wav"
    )
    message = refused(write_wave(tmp_path / "b.wav", tone(440, 8000), 8000))
    assert message.startswith("audio of 8000 Hz for a model of 16000 Hz needs soxr")
    assert message.endswith('install it with: pip install "keras-s2s[audio]"')


def test_arrays():
    def equal(array: np.ndarray, values: list[float]) -> None:
        mono = to_mono_float(array)
        assert mono.dtype == np.float32
        assert mono.tolist() == values

    equal(np.array([-32768, 0, 16384], np.int16), [-1, 0, 0.5])
    equal(np.array([-(2**31), 0, 2**30], np.int32), [-1, 0, 0.5])
    equal(np.array([0, 128, 192], np.uint8), [-1, 0, 0.5])
    equal(np.array([-1.0, 0.5]), [-1, 0.5])
    equal(np.array([0.5, 0.25], np.float16), [0.5, 0.25])
    equal(np.array([[1.0, 0.0], [0.5, 0.0]]), [0.5, 0.25])
    equal(np.array([[32767, -32767]], np.int16), [0])
    equal(np.zeros((3, 1)), [0, 0, 0])
    equal(np.zeros(0), [])


@pytest.mark.parametrize(
    "array, message",
    [
        (np.zeros((2, 16000)), r"not \(2, 16000\)"),
        (np.zeros((16, 0)), r"not \(16, 0\)"),
        (np.zeros((1, 2, 3)), r"not \(1, 2, 3\)"),
        (np.float32(1.0), r"not \(\)"),
        (np.zeros(3, np.int64), "not of int64"),
        (np.zeros(3, bool), "not of bool"),
        (np.zeros(3, complex), "not of complex128"),
        (np.array(["a"]), "not of <U1"),
        (np.array([0.0, np.nan]), "not nan"),
        (np.array([0.0, -np.inf]), "not -inf"),
        (np.array([0.0, 20000.0]), "not 20000"),
    ],
)
def test_arrays_that_are_no_audio(array, message):
    with pytest.raises(UserError, match=message):
        to_mono_float(array)
