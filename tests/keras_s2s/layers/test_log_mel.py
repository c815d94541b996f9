"""Log-mel features against librosa's, and against NumPy's Fourier transform."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.layers.log_mel import FLOOR, LogMel, hann_window, mel_filters

# What librosa 0.11.0 finds in the sound `x` of 4,000 samples, energies as float32, their logarithms rounded. Its window
# of 400 samples lies in the middle of its frame of 512.
#
# energies = librosa.feature.melspectrogram(y=np.pad(x, (120 + 56, 279 + 56)), sr=16000, n_fft=512, win_length=400,
#     hop_length=160, window="hann", center=False, power=2.0, n_mels=40, fmin=20, fmax=8000, htk=True, norm=None)
# np.log(np.maximum(energies, 1e-6)).T[list(LIBROSA)][:, BANDS].round(4)
BANDS = [0, 5, 13, 20, 31, 39]
LIBROSA = {
    0: [2.7207, 1.7876, -2.8503, -2.8485, -2.8082, -2.1590],
    1: [-3.0389, 1.9722, -8.7099, -8.0259, -1.6376, -2.7347],
    7: [-6.8433, 7.0948, -6.7350, -6.5458, -1.8435, -2.5809],
    24: [-2.8627, -0.2135, 1.0300, -0.6692, -1.3162, -2.1132],
}

# The filters are rounded to what float16 has: by half of the last of 11 bits at most. The rest is float32's.
TOLERANCE = 2**-11 + 3e-4


def made(rate: int = 16000, mels: int = 40, window: int = 400, hop: int = 160) -> LogMel:
    return LogMel(rate, mels, window, hop)


def test_values_are_those_of_librosa(sound):
    features = np.asarray(made()(sound(4000)[None]))[0]
    assert features.shape == (25, 40)
    for frame, values in LIBROSA.items():
        np.testing.assert_allclose(features[frame, BANDS], values, atol=TOLERANCE + 1e-4)


def log_mel(audio: np.ndarray, rate: int, mels: int, window: int, hop: int) -> np.ndarray:
    """The same in float64, a frame and a band at a time."""
    length = 1
    while length < window:
        length *= 2
    hann = np.sin(np.pi * np.arange(window) / window) ** 2
    scale = np.linspace(*(np.log10(1 + frequency / 700) for frequency in (20, rate / 2)), mels + 2)
    edges, frequencies = 700 * (10**scale - 1), np.arange(length // 2 + 1) * rate / length
    frames = []
    for start in range(0, len(audio), hop):
        seen = np.arange(window) + start - (window - hop) // 2
        piece = np.where((seen >= 0) & (seen < len(audio)), audio[seen.clip(0, len(audio) - 1)], 0.0)
        energies = np.abs(np.fft.rfft(hann * piece, length)) ** 2
        bands = [energies @ np.interp(frequencies, edges[band : band + 3], [0, 1, 0]) for band in range(mels)]
        frames.append(np.log(np.maximum(bands, 1e-6)))
    return np.array(frames)


SETTINGS = [
    (16000, 80, 400, 160),
    (8000, 40, 200, 80),
    (44100, 64, 1102, 441),
    # A window that is a power of two, with an odd number of samples more than a step; one without overlap.
    (16000, 40, 512, 161),
    (4000, 8, 40, 40),
]


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_equals_numpy(sound, settings):
    audio = sound(settings[0] // 4 + 7, settings[0])
    features, expected = np.asarray(made(*settings)(audio[None]))[0], log_mel(audio, *settings)
    # A single number of float32's noise decides where there is next to no energy.
    loud = expected > np.log(1e-5)
    np.testing.assert_allclose(features[loud], expected[loud], atol=TOLERANCE + 2e-3)
    np.testing.assert_allclose(features, expected, atol=0.1)
    assert loud.mean() > 0.9


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_a_frame_for_each_step_begun(settings):
    layer, hop = made(*settings), settings[-1]
    for samples in [1, 2, hop - 1, hop, hop + 1, 2 * hop, 3 * hop - 1, 7 * hop + hop // 2]:
        audio = np.zeros((2, samples), "float32")
        expected = (2, -(-samples // hop), settings[1])
        assert layer(audio).shape == expected == layer.compute_output_spec(keras.KerasTensor(audio.shape)).shape
    assert layer.compute_output_spec(keras.KerasTensor((None, None))).shape == (None, None, settings[1])
    # A slice of a small batch is empty.
    assert layer(np.zeros((0, 3 * hop), "float32")).shape == (0, 3, settings[1])


def test_zeros_behind_the_end_change_no_frame(sound):
    layer = made()
    for samples in (1, 159, 160, 161, 1000):
        alone = np.asarray(layer(sound(samples)[None]))
        padded = np.asarray(layer(np.pad(sound(samples), (0, 777))[None]))
        np.testing.assert_allclose(padded[:, : alone.shape[1]], alone, atol=1e-5)


def test_silence_is_the_floor():
    np.testing.assert_allclose(made()(np.zeros((1, 500), "float32")), np.full((1, 4, 40), np.log(FLOOR)), rtol=1e-6)


def test_a_tone_is_loudest_in_the_band_that_it_is_in():
    """1,000 Hz is 1,000 mel, near enough; bands are 2,840 - 32 mel divided by 41."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(4000) / 16000).astype("float32")
    features = np.asarray(made()(tone[None]))[0]
    assert (features[3:-3].argmax(axis=1) == round((1000 - 32) / (2808 / 41)) - 1).all()


def test_filters_have_values_of_float16_and_are_triangles():
    filters = mel_filters(16000, 40, 512)
    assert (filters.shape, filters.dtype) == ((257, 40), "float32")
    np.testing.assert_array_equal(filters.astype("float16"), filters)
    assert (filters >= 0).all() and filters.max() <= 1
    # Above the lowest band two neighbours always share a frequency, with a whole between them.
    np.testing.assert_allclose(filters[5:240].sum(axis=1), 1, atol=2e-3)


def test_the_window_has_two_parts_of_values_of_float16():
    for length in (40, 400, 1102):
        parts = hann_window(length)
        for part in parts:
            np.testing.assert_array_equal(part.astype("float16"), part)
        np.testing.assert_allclose(
            np.add(*parts), 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(length) / length), atol=6e-8
        )
    assert np.float16(FLOOR) == FLOOR


def test_same_in_a_graph_of_any_length(sound):
    layer = made()
    graph = tf.function(layer, input_signature=[tf.TensorSpec((None, None), tf.float32)])
    for samples in (100, 1234):
        audio = sound(samples)[None]
        np.testing.assert_allclose(graph(audio), layer(audio), atol=1e-4)


def test_config_makes_the_same_layer():
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(made(8000, 20, 200, 80)))
    assert (again.rate, again.mels, again.window, again.hop) == (8000, 20, 200, 80)
