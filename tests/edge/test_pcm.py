import io

import numpy as np
import pytest

from edge.errors import UserError
from edge.pcm import pcm_blocks

SAMPLES = np.array([0, 1, -1, 32767, -32768, 256], np.int16)


class Trickle(io.BytesIO):
    """Bytes that come a few at a time, as through a pipe."""

    def __init__(self, data: bytes, size: int):
        super().__init__(data)
        self.size = size

    def read1(self, size: int = -1) -> bytes:
        return super().read(self.size)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
def test_samples_whatever_comes_at_a_time(size):
    found = list(pcm_blocks(Trickle(SAMPLES.astype("<i2").tobytes(), size)))
    assert (np.concatenate(found) == SAMPLES).all() and all(block.dtype == np.int16 for block in found)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_few_samples(count):
    found = np.concatenate(list(pcm_blocks(io.BytesIO(SAMPLES[-count:].astype("<i2").tobytes()))))
    assert (found == SAMPLES[-count:]).all()


def test_half_a_sample_at_the_end_is_left_out():
    assert (np.concatenate(list(pcm_blocks(io.BytesIO(SAMPLES.tobytes() + b"x")))) == SAMPLES).all()


@pytest.mark.parametrize("data", [b"", b"x"])
def test_nothing(data):
    with pytest.raises(UserError, match="standard input: holds no samples"):
        list(pcm_blocks(io.BytesIO(data)))


@pytest.mark.parametrize("head", [b"RIFF", b"fLaC", b"OggS", b"ID3"])
@pytest.mark.parametrize("size", [1, 100])
def test_a_file_with_a_header(head, size):
    with pytest.raises(UserError, match=r"standard input: is an? .* file, not raw samples; name the file"):
        list(pcm_blocks(Trickle(head + bytes(100), size)))


def test_a_stream_that_cannot_be_read():
    class Broken(io.BytesIO):
        def read1(self, size: int = -1) -> bytes:
            raise OSError(5, "Input/output error")

    with pytest.raises(UserError, match="standard input: cannot be read"):
        list(pcm_blocks(Broken()))
