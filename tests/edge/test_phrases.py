"""Splitting at silence. A constant tone is noise to voice activity, so what speaks here are noise bursts."""

import itertools
import tracemalloc

import numpy as np
import pytest

from edge.phrases import phrases

RATE = 8000


def bursts(spans: list[tuple[float, float]], seconds: float, noise: float = 0.0) -> np.ndarray:
    """Speech of a kind: noise in syllables, with less than a pause between them."""
    random = np.random.default_rng(1)
    sound = noise * random.standard_normal(round(seconds * RATE))
    for start, end in spans:
        first, last = round(start * RATE), round(end * RATE)
        time = np.arange(last - first) / RATE
        sound[first:last] += 0.1 * random.standard_normal(last - first) * np.where(time % 0.37 > 0.29, 0.02, 1.0)
    return sound.astype(np.float32)


def split(sound: np.ndarray, longest: float, live: bool = True, size: int | None = None) -> list:
    blocks = [sound[start : start + size] for start in range(0, len(sound), size)] if size else [sound]
    found = list(phrases(blocks, RATE, round(longest * RATE), live))
    for phrase in found:
        assert len(phrase.samples) <= longest * RATE
        assert (phrase.samples == sound[phrase.start : phrase.start + len(phrase.samples)]).all()
    for before, after in itertools.pairwise(found):
        end = before.start + len(before.samples)
        assert after.overlap == max(0, end - after.start)
        assert before.is_cut or not after.overlap
    return found


def spans(found: list) -> list[tuple[float, float]]:
    return [(phrase.start / RATE, (phrase.start + len(phrase.samples)) / RATE) for phrase in found]


@pytest.mark.parametrize("noise", [0.0, 0.005])
@pytest.mark.parametrize("live", [True, False])
def test_phrases_end_at_pauses(noise, live):
    sound = bursts([(1.0, 2.0), (2.3, 3.0), (5.0, 6.0), (6.7, 7.5)], 9.0, noise)
    found = split(sound, 6.0, live)
    # 0.3 s of silence at each end; a pause of 0.7 s is split in the middle, 0.1 s of it belongs to nobody.
    assert np.array(spans(found)) == pytest.approx(np.array([(0.7, 3.3), (4.7, 6.3), (6.4, 7.8)]), abs=0.06)
    assert not any(phrase.overlap or phrase.is_cut for phrase in found)
    speech = [
        (phrase.start / RATE + start, phrase.start / RATE + end) for phrase in found for start, end in phrase.speech
    ]
    assert np.array(speech) == pytest.approx(np.array([(1.0, 2.0), (2.3, 3.0), (5.0, 6.0), (6.7, 7.5)]), abs=0.06)


def test_what_fits_stays_whole():
    sound = bursts([(1.0, 2.0), (5.0, 6.0)], 9.0)
    (whole,) = split(sound, 9.0, live=False)
    assert (whole.start, len(whole.samples), whole.overlap) == (0, len(sound), 0)
    assert np.array(whole.speech) == pytest.approx(np.array([(1.0, 2.0), (5.0, 6.0)]), abs=0.06)
    assert len(split(sound, 8.9, live=False)) == len(split(sound, 9.0, live=True)) == 2


def test_the_longest_pause_is_preferred():
    """Twelve seconds without a pause of 0.6 s, to be read in ten."""
    spoken = [(1.0, 3.0), (3.5, 5.0), (5.2, 7.0), (7.4, 9.0), (9.15, 13.0)]
    found = split(bursts(spoken, 14.0), 10.0)
    # The pause at 3 s is the longest, but early; of the later ones it is that at 7 s.
    assert np.array(spans(found)) == pytest.approx(np.array([(0.7, 7.2), (7.2, 13.3)]), abs=0.06)
    assert not any(phrase.overlap for phrase in found)


def test_an_early_pause_where_there_is_no_other():
    found = split(bursts([(1.0, 2.0), (2.3, 10.5)], 12.0), 9.0)
    assert np.array(spans(found)) == pytest.approx(np.array([(0.7, 2.15), (2.15, 10.8)]), abs=0.06)


def test_overlap_where_there_is_no_pause():
    found = split(bursts([(1.0, 21.0)], 22.0), 8.0)
    assert [phrase.is_cut for phrase in found] == [True, True, True, False]
    assert [phrase.overlap for phrase in found] == [0, 2 * RATE, 2 * RATE, 2 * RATE]
    assert spans(found)[0][0] == pytest.approx(0.7, abs=0.06) and spans(found)[-1][1] == pytest.approx(21.3, abs=0.06)


@pytest.mark.parametrize("longest", [2.0, 5.0, 20.0])
@pytest.mark.parametrize("noise", [0.0, 0.005])
def test_no_speech_is_lost(longest, noise):
    """Whatever the pauses are, every sample of speech is in a phrase."""
    random, spoken, start = np.random.default_rng(4), [], 0.4
    while start < 110:
        end = start + random.uniform(0.15, 6.0)
        spoken.append((start, end))
        start = end + random.choice([0.05, 0.2, 0.4, 0.7, 1.5, 6.0])
    sound = bursts(spoken, 120.0, noise)
    is_read = np.zeros(len(sound), bool)
    for phrase in split(sound, longest):
        is_read[phrase.start : phrase.start + len(phrase.samples)] = True
    for start, end in spoken:
        assert is_read[round(start * RATE) : round(end * RATE)].all(), (start, end)


@pytest.mark.parametrize("size", [1, 777, 8000, 100_000])
def test_blocks_do_not_matter(size):
    sound = bursts([(1.0, 2.0), (2.3, 3.0), (5.0, 14.0), (14.2, 15.0)], 16.0, 0.003)
    if size == 1:
        sound = sound[: 4 * RATE]
    for live in (True, False):
        one, other = split(sound, 3.5, live), split(sound, 3.5, live, size)
        assert [(each.start, len(each.samples), each.speech, each.overlap) for each in one] == [
            (each.start, len(each.samples), each.speech, each.overlap) for each in other
        ]


@pytest.mark.parametrize("samples", [0, 1, 79, 800, 5 * RATE, 30 * RATE])
def test_silence_has_no_phrases(samples):
    for live in (True, False):
        assert split(np.zeros(samples, np.float32), 4.0, live) == []
        assert list(phrases([], RATE, RATE, live)) == []


def test_a_phrase_comes_when_its_pause_has_come():
    sound, given = bursts([(0.5, 2.5), (6.0, 7.0)], 10.0, 0.001), []

    def blocks():
        for start in range(0, len(sound), 400):
            given.append(start / RATE)
            yield sound[start : start + 400]

    next(phrases(blocks(), RATE, 8 * RATE, live=True))
    assert 3.0 < given[-1] < 3.9


def test_memory_is_bounded():
    """Twenty minutes of speech and of silence: 38 MB as float32."""
    minute = [bursts([(0.0, 60.0)], 60.0), np.zeros(60 * RATE, np.float32)]
    tracemalloc.start()
    try:
        blocks = (minute[place // 2 % 2] for place in range(20))
        count = sum(1 for _ in phrases(blocks, RATE, 20 * RATE))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count > 20
    assert peak < 8e6, peak
