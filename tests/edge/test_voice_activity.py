"""Voice activity on signals of which it is known where they speak."""

import numpy as np
import pytest

from edge.voice_activity import VoiceActivity, stretches

RATE = 16_000


def white(seconds: float, seed: int = 1, rate: int = RATE) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(round(seconds * rate))


def pink(seconds: float, seed: int = 1) -> np.ndarray:
    spectrum = np.fft.rfft(white(seconds, seed))
    spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, round(seconds * RATE))
    return noise / noise.std()


NOISES = {"white": white, "pink": pink}


def vowel(seconds: float, rate: int = RATE) -> np.ndarray:
    """Harmonics of 120 Hz under two formants, rising and falling four times a second like syllables."""
    time = np.arange(round(seconds * rate)) / rate
    tones = np.arange(120, 3500, 120)
    weights = 1 / (1 + ((tones - 500) / 150) ** 2) + 0.4 / (1 + ((tones - 1500) / 200) ** 2)
    sound = (weights[:, None] * np.sin(2 * np.pi * tones[:, None] * time)).sum(axis=0)
    sound *= 0.2 + np.abs(np.sin(2 * np.pi * 2 * time))
    return sound / np.sqrt(np.square(sound).mean())


def active(sound: np.ndarray, rate: int = RATE) -> np.ndarray:
    activity = VoiceActivity(rate)
    return np.concatenate([activity.push(sound.astype(np.float32)), activity.flush()])


def found(sound: np.ndarray, rate: int = RATE) -> list[tuple[float, float]]:
    return [(start / 100, end / 100) for start, end in stretches(active(sound, rate))]


# Start and end of what is said, in seconds of 30.
SPEECH = ((1.0, 2.5), (3.2, 5.0), (9.0, 9.6), (12.0, 17.0), (17.5, 18.0), (25.0, 28.0))


def speech(level: float = 0.1) -> np.ndarray:
    sound = np.zeros(30 * RATE)
    for start, end in SPEECH:
        sound[round(start * RATE) : round(end * RATE)] = level * vowel(end - start)
    return sound


@pytest.mark.parametrize("level", [0.0005, 0.1, 0.3])
def test_speech_without_noise(level):
    assert np.array(found(speech(level))) == pytest.approx(np.array(SPEECH), abs=0.1)


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("ratio", [20, 10, 5])
@pytest.mark.parametrize("level", [0.005, 0.1])
def test_speech_in_noise(noise, ratio, level):
    """Every stretch is found, to a tenth of a second, and nothing else."""
    sound = speech(level) + level * 10 ** (-ratio / 20) * NOISES[noise](30)
    assert np.array(found(sound)) == pytest.approx(np.array(SPEECH), abs=0.12)


@pytest.mark.parametrize("noise", NOISES)
def test_speech_as_loud_as_the_noise(noise):
    hops = active(speech() + 0.1 * NOISES[noise](30))
    said = np.zeros(len(hops), bool)
    for start, end in SPEECH:
        said[round(100 * start) : round(100 * end)] = True
    # Syllables rise and fall: their middles are found.
    assert hops[said].mean() > 0.5
    near = np.convolve(said, np.ones(21), "same") > 0
    assert not hops[~near].any()


HUM = sum(np.sin(2 * np.pi * 50 * tone * np.arange(20 * RATE) / RATE) / tone for tone in range(1, 20))


@pytest.mark.parametrize(
    "sound",
    [
        np.zeros(20 * RATE),
        np.full(20 * RATE, 0.3),
        *(level * noise(20) for level in (1e-4, 0.01, 0.2) for noise in NOISES.values()),
        0.1 * HUM,
        0.1 * HUM + 0.01 * white(20) - 0.2,
        np.rint(127 * 0.004 * white(20)) / 127,
        0.2 * np.sin(np.arange(20 * RATE) * 0.3),
    ],
    ids=[
        "silence",
        "offset",
        "white",
        "white2",
        "white3",
        "pink",
        "pink2",
        "pink3",
        "hum",
        "hum-noise",
        "8-bit",
        "whistle",
    ],
)
def test_what_is_constant_is_no_speech(sound):
    assert found(sound) == []


@pytest.mark.parametrize("noise", [0.0, 0.001])
@pytest.mark.parametrize("samples", [1, 10, 60])
def test_clicks_are_no_speech(noise, samples):
    sound = noise * white(20)
    for start in np.random.default_rng(2).uniform(0, 19, 12):
        sound[round(start * RATE) :][:samples] += 0.9
    assert found(sound) == []


def test_the_noise_floor_follows_the_noise():
    """Six seconds after it has become 20 dB louder it is noise again; speech above it is found before and after."""
    sound = white(30) * np.where(np.arange(30 * RATE) < 10 * RATE, 0.002, 0.02)
    for start in (4, 20):
        sound[start * RATE : (start + 1) * RATE] += 0.15 * vowel(1.0)
    starts = [start for start, _ in found(sound)]
    assert starts == pytest.approx([4.0, 10.0, 20.0], abs=0.1)
    assert 15 < found(sound)[1][1] < 17


def test_long_speech_stays_speech():
    """Half a minute of syllables without a pause: they become no noise, and what is between them no pause."""
    spoken = np.array(found(0.1 * vowel(30) + 0.001 * white(30)))
    assert spoken[0, 0] < 0.3 and spoken[-1, 1] > 29.7
    assert (spoken[1:, 0] - spoken[:-1, 1]).max() < 0.2


@pytest.mark.parametrize("rate", [4000, 8000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_rates(rate):
    sound = 0.001 * white(8, rate=rate)
    sound[3 * rate : 5 * rate] += 0.1 * vowel(2.0, rate)
    assert np.array(found(sound, rate)) == pytest.approx(np.array([(3.0, 5.0)]), abs=0.08)


@pytest.mark.parametrize("rate", [8000, 11_025, 16_000])
@pytest.mark.parametrize("samples", [0, 1, 79, 80, 81, 160, 241, 480, 500, 1000, 12_345, 40_000])
def test_a_decision_for_every_hop(rate, samples):
    assert len(active(np.zeros(samples), rate)) == -(-samples // (rate // 100))


def test_blocks_do_not_matter():
    sound, random = (speech() + 0.02 * white(30)).astype(np.float32), np.random.default_rng(3)
    activity, hops, start = VoiceActivity(RATE), [], 0
    while start < len(sound):
        size = int(random.integers(0, 20_000))
        hops.append(activity.push(sound[start : start + size]))
        start += size
        # Decisions come soon, but for the first two seconds.
        assert start < 2.2 * RATE or sum(map(len, hops)) > 100 * min(start, len(sound)) / RATE - 60
    hops.append(activity.flush())
    assert (np.concatenate(hops) == active(sound)).all()


def test_stretches():
    hops = np.zeros(100, bool)
    hops[10:20] = hops[25:40] = hops[60:64] = hops[95:] = True
    assert stretches(hops) == [(10, 40)]
    assert stretches(hops, final=False) == [(10, 40), (95, 100)]
    assert stretches(np.zeros(0, bool)) == []
