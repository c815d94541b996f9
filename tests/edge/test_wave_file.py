"""WAV headers against `struct`, samples against values computed by hand and against the standard library's `wave`."""

import io
import struct
import wave

import numpy as np
import pytest

from edge.errors import UserError
from edge.wave_file import open_wave

PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
TAIL = bytes.fromhex("000000001000800000aa00389b71")


def chunk(kind: bytes, data: bytes, size: int | None = None, pad: bool = True) -> bytes:
    size = len(data) if size is None else size
    return kind + struct.pack("<I", size) + data + (b"\0" if pad and len(data) % 2 else b"")


def form(code: int, channels: int, rate: int, width: int, bits: int | None = None, block: int | None = None) -> bytes:
    block = channels * width if block is None else block
    return struct.pack("<HHIIHH", code, channels, rate, rate * block, block, bits or 8 * width)


def riff(*chunks: bytes, size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body) if size is None else size) + body


def plain(data: bytes, code: int = PCM, channels: int = 1, width: int = 2, rate: int = 16000) -> bytes:
    return riff(chunk(b"fmt ", form(code, channels, rate, width)), chunk(b"data", data))


def read(data: bytes) -> np.ndarray:
    file = open_wave(io.BytesIO(data), "a.wav")
    assert file is not None
    return file.read(0, file.frames)


def refused(data: bytes) -> str:
    with pytest.raises(UserError) as error:
        open_wave(io.BytesIO(data), "a.wav")
    message = str(error.value)
    assert message.startswith("a.wav: ") and "\n" not in message
    return message


@pytest.mark.parametrize(
    "code, width, data, values",
    [
        (PCM, 1, bytes([0, 64, 128, 192]), [-1, -0.5, 0, 0.5]),
        (PCM, 2, struct.pack("<4h", -32768, -16384, 0, 16384), [-1, -0.5, 0, 0.5]),
        (PCM, 3, bytes.fromhex("000080 0000c0 000000 000040 010000 ffffff"), [-1, -0.5, 0, 0.5, 2**-23, -(2**-23)]),
        (PCM, 4, struct.pack("<4i", -(2**31), -(2**30), 0, 2**30), [-1, -0.5, 0, 0.5]),
        (FLOAT, 4, struct.pack("<4f", -1, -0.5, 0, 1.25), [-1, -0.5, 0, 1.25]),
        (FLOAT, 8, struct.pack("<4d", -1, -0.5, 0, 1.25), [-1, -0.5, 0, 1.25]),
    ],
)
def test_values_of_each_encoding(code, width, data, values):
    assert read(plain(data, code, width=width)).tolist() == [[value] for value in values]
    twice = np.repeat(np.frombuffer(data, f"V{width}"), 2).tobytes()
    assert read(plain(twice, code, channels=2, width=width)).tolist() == [[value, value] for value in values]


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_the_standard_library_agrees(width):
    random = np.random.default_rng(width)
    data = random.bytes(width * 6 * 1001)
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(6)
        out.setsampwidth(width)
        out.setframerate(44100)
        out.writeframes(data)
    file = open_wave(stream, "a.wav")
    assert (file.rate, file.channels, file.frames) == (44100, 6, 1001)
    start, frames = 500, 100
    part = data[start * 6 * width :][: frames * 6 * width]
    ints = [int.from_bytes(part[i : i + width], "little", signed=width > 1) for i in range(0, len(part), width)]
    expected = np.array(ints, np.float64) - (128 if width == 1 else 0)
    found = file.read(start, frames)
    assert found.shape == (frames, 6) and found.dtype == np.float32
    np.testing.assert_allclose(found.ravel(), expected / 2.0 ** (8 * width - 1), atol=2**-24)


SAMPLES = struct.pack("<3h", 100, -200, 300)
VALUES = np.array([[100], [-200], [300]], np.float32) / 32768


@pytest.mark.parametrize("code, data, width", [(PCM, SAMPLES, 2), (FLOAT, VALUES.tobytes(), 4)])
def test_extensible(code, data, width):
    extra = struct.pack("<HHI", 22, 8 * width, 4) + struct.pack("<H", code) + TAIL
    header = chunk(b"fmt ", form(EXTENSIBLE, 1, 16000, width) + extra)
    np.testing.assert_array_equal(read(riff(header, chunk(b"data", data))), VALUES)


def test_chunks_around_the_sound_are_no_sound():
    info, fact = chunk(b"LIST", b"INFOISFT\x05\0\0\0Lavf\0"), chunk(b"fact", struct.pack("<I", 3))
    odd = chunk(b"bext", b"odd")
    unpadded = chunk(b"junk", b"odd", pad=False)
    longer = chunk(b"fmt ", form(PCM, 1, 16000, 2) + b"\0\0")
    for before in ([info], [fact, odd], [odd, odd, info], [unpadded], [unpadded, odd]):
        data = riff(*before, longer, *before, chunk(b"data", SAMPLES), info)
        np.testing.assert_array_equal(read(data), VALUES)


def test_odd_number_of_bytes():
    for pad in (False, True):
        data = riff(chunk(b"fmt ", form(PCM, 1, 8000, 1)), chunk(b"data", bytes([0, 128, 192]), pad=pad))
        assert read(data).tolist() == [[-1], [0], [0.5]]
    assert len(read(plain(SAMPLES + b"\x01"))) == 3


@pytest.mark.parametrize("size, whole", [(0xFFFFFFFF, 0xFFFFFFFF), (0, 0), (0, 36), (0x7FFFF000, 0x7FFFF024)])
def test_streamed(size, whole):
    header = chunk(b"fmt ", form(PCM, 1, 16000, 2))
    for data in (SAMPLES, SAMPLES + b"\x01"):
        np.testing.assert_array_equal(read(riff(header, chunk(b"data", data, size, pad=False), size=whole)), VALUES)


def test_no_samples():
    header = chunk(b"fmt ", form(PCM, 1, 16000, 2))
    assert len(read(riff(header, chunk(b"data", b"")))) == 0
    assert len(read(riff(header, chunk(b"data", b""), chunk(b"LIST", b"INFO")))) == 0
    assert len(read(riff(header, chunk(b"data", b"", 0xFFFFFFFF), size=0xFFFFFFFF))) == 0


@pytest.mark.parametrize("code", [2, 6, 7, 0x11, 0x31, 0x55])
def test_compressed_samples_need_another_reader(code):
    assert open_wave(io.BytesIO(plain(SAMPLES, code, width=1)), "a.wav") is None


def test_cut():
    data = plain(SAMPLES)
    assert "is cut: 3 of 6 bytes" in refused(data[:-3])
    assert "is cut: 0 of 6 bytes" in refused(data[:44])
    assert "is cut: 3 of 6 bytes" in refused(plain(SAMPLES, code=7, width=1)[:-3])
    for length in range(12, 44):
        assert "is a damaged WAV file" in refused(data[:length])


@pytest.mark.parametrize(
    "header",
    [
        form(PCM, 0, 16000, 2),
        form(PCM, 1, 0, 2),
        form(PCM, 1, 16000, 2, bits=24),
        form(PCM, 2, 16000, 2, block=3),
        form(PCM, 1, 16000, 2, block=0),
        form(PCM, 1, 16000, 2)[:12],
    ],
)
def test_headers_that_contradict_themselves(header):
    assert "is a damaged WAV file" in refused(riff(chunk(b"fmt ", header), chunk(b"data", SAMPLES)))


def test_sound_before_its_format():
    assert "before its format" in refused(riff(chunk(b"data", SAMPLES), chunk(b"fmt ", form(PCM, 1, 16000, 2))))


def test_a_file_that_becomes_shorter():
    stream = io.BytesIO(plain(SAMPLES))
    file = open_wave(stream, "a.wav")
    stream.truncate(46)
    with pytest.raises(UserError, match="became shorter"):
        file.read(0, 3)
