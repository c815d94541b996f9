"""Recordings are joined in order, without loss."""

import numpy as np

from benchmarks.long_recordings import Spoken, join


def test_joined_to_at_least_a_length():
    recordings = [Spoken(np.full(30, number, np.float32), f"word {number}") for number in range(1, 6)]
    first, second, rest = join(recordings, 50, 5)
    assert first.text == "word 1 word 2" and second.text == "word 3 word 4" and rest.text == "word 5"
    assert first.samples.tolist() == [1.0] * 30 + [0.0] * 5 + [2.0] * 30 + [0.0] * 5
    assert len(second.samples) == 70 and rest.samples.tolist() == [5.0] * 30 + [0.0] * 5


def test_nothing():
    assert list(join([], 50, 5)) == []
