"""Changes of recordings against tones of known frequency, and levels computed by hand."""

import numpy as np
import pytest
from pydantic import ValidationError

from pipelines.data.sound_augment import SoundAugment

RATE = 16000
NOTHING = {"speed": 0.0, "gain": 0.0, "noise": 0.0}


def tone(frequency: float, seconds: float = 2.0) -> np.ndarray:
    return (0.1 * np.sin(2 * np.pi * frequency * np.arange(round(RATE * seconds)) / RATE)).astype(np.float32)


def rms(audio: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64))))


def test_nothing_changes_if_nothing_is_chosen():
    config = SoundAugment(**NOTHING)
    random = np.random.default_rng(0)
    assert config.factor(random) == 1.0
    np.testing.assert_array_equal(config.apply(tone(440), 1.0, random), tone(440))


def test_factors_are_spread_over_the_range():
    config, random = SoundAugment(speed=0.1), np.random.default_rng(0)
    factors = np.array([config.factor(random) for _ in range(3000)])
    assert factors.min() == 0.9 and factors.max() == 1.1
    assert abs(factors.mean() - 1.0) < 0.005
    # Of an even distribution of this width.
    assert abs(factors.std() - 0.2 / np.sqrt(12)) < 0.003


@pytest.mark.parametrize("factor", [0.9, 0.97, 1.0, 1.1])
def test_speed_changes_length_and_pitch(factor):
    audio = SoundAugment(**NOTHING).apply(tone(1000), factor, np.random.default_rng(0))
    assert audio.dtype == np.float32
    assert len(audio) == round(2 * RATE / factor)
    middle = slice(2000, 20000)
    np.testing.assert_allclose(audio[middle], tone(1000 * factor)[: len(audio)][middle], atol=1e-3)


def test_gain_is_in_decibels():
    config = SoundAugment(**{**NOTHING, "gain": 6.0})
    audio = tone(440)
    gains = [rms(config.apply(audio, 1.0, np.random.default_rng(seed))) / rms(audio) for seed in range(200)]
    decibels = 20 * np.log10(gains)
    assert -6.0 <= decibels.min() < -5.0 and 5.0 < decibels.max() <= 6.0


def test_too_loud_is_clipped():
    config = SoundAugment(**{**NOTHING, "gain": 40.0})
    loudest = max(np.abs(config.apply(tone(440), 1.0, np.random.default_rng(seed))).max() for seed in range(20))
    assert loudest == 1.0


def test_noise_has_the_drawn_level():
    config = SoundAugment(**{**NOTHING, "noise": 1.0, "snr": 10.0})
    audio = tone(440)
    ratios, slopes = [], []
    for seed in range(100):
        noise = config.apply(audio, 1.0, np.random.default_rng(seed)) - audio
        ratios.append(20 * np.log10(rms(audio) / rms(noise)))
        power = np.square(np.abs(np.fft.rfft(noise)))
        # Bins are 0.5 Hz wide: two octaves with a factor of eight between them.
        slopes.append(power[500:1000].mean() / power[4000:8000].mean())
    assert 9.9 < min(ratios) < 13.0 and 37.0 < max(ratios) < 40.1
    assert abs(np.mean(ratios) - 25.0) < 3.0
    # White noise has as much power per hertz everywhere, pink an eighth of it three octaves higher.
    white = np.abs(np.log2(slopes)) < 0.5
    pink = np.abs(np.log2(slopes) - 3.0) < 0.5
    assert (white | pink).all()
    assert 30 < pink.sum() < 70


def test_noise_only_as_often_as_asked():
    config = SoundAugment(**{**NOTHING, "noise": 0.3})
    audio = tone(440)
    noisy = sum(not np.array_equal(config.apply(audio, 1.0, np.random.default_rng(seed)), audio) for seed in range(300))
    # Give or take four standard deviations.
    assert abs(noisy - 90) < 4 * np.sqrt(300 * 0.3 * 0.7)


def test_silence_stays_silent():
    audio = SoundAugment(noise=1.0).apply(np.zeros(RATE, np.float32), 1.0, np.random.default_rng(0))
    assert not audio.any()


@pytest.mark.parametrize("samples", [1, 2, 3, 100])
def test_short_sound(samples):
    for seed in range(8):
        audio = SoundAugment(noise=1.0).apply(np.ones(samples, np.float32), 1.0, np.random.default_rng(seed))
        assert audio.shape == (samples,) and np.isfinite(audio).all()


def test_the_same_seed_gives_the_same():
    config = SoundAugment()
    first, again, other = (config.apply(tone(440), 1.05, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("setting", [{"speed": 0.6}, {"noise": 1.1}, {"gain": -1.0}, {"speeds": 0.1}])
def test_settings_are_checked(setting):
    with pytest.raises(ValidationError):
        SoundAugment(**setting)
