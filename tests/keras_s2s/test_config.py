import pydantic
import pytest

from keras_s2s.config import AudioConfig, Seq2SeqModelConfig


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cell", "transformer"),
        ("attention", "dot"),
        ("units", 0),
        ("units", 1),
        ("units", 2.5),
        ("units", "many"),
        ("embedding", 0),
        ("layers", 0),
        ("layers", 17),
        ("decoder_layers", -1),
        ("pyramid", 5),
        ("bidirectional", "perhaps"),
        ("dropout", -0.1),
        ("dropout", 1.0),
        ("dropout", float("nan")),
        ("tied", None),
    ],
)
def test_bad_value_names_its_key(key, value):
    with pytest.raises(pydantic.ValidationError) as caught:
        Seq2SeqModelConfig(**{key: value})
    assert [error["loc"] for error in caught.value.errors()] == [(key,)]


def test_unknown_key_is_named():
    with pytest.raises(pydantic.ValidationError, match=r"unit\n.*not permitted"):
        Seq2SeqModelConfig(unit=3)


def test_directions_share_the_units():
    with pytest.raises(pydantic.ValidationError, match="units must be even for a bidirectional encoder, not 7"):
        Seq2SeqModelConfig(units=7)
    assert Seq2SeqModelConfig(units=7, bidirectional=False).units == 7


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": 2, "decoder_layers": 3}, "decoder_layers must be at most layers, which is 2, not 3"),
        ({"decoder_layers": 2}, "decoder_layers must be at most layers, which is 1, not 2"),
        ({"layers": 2, "pyramid": 2}, "pyramid must be less than layers, which is 2, not 2"),
        ({"pyramid": 1}, "pyramid must be less than layers, which is 1, not 1"),
    ],
)
def test_layers_suffice(settings, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        Seq2SeqModelConfig(**settings)


def test_as_many_layers_as_there_are():
    config = Seq2SeqModelConfig(layers=3, decoder_layers=3, pyramid=2, attention="location")
    assert (config.decoder_layers, config.pyramid, config.attention) == (3, 2, "location")
    assert (Seq2SeqModelConfig().decoder_layers, Seq2SeqModelConfig().pyramid) == (0, 0)


@pytest.mark.parametrize(
    ("settings", "window", "hop"),
    [
        ({}, 400, 160),
        ({"rate": 8000, "window_ms": 32, "hop_ms": 12.5}, 256, 100),
        ({"rate": 44100}, 1102, 441),
        ({"rate": 4000, "window_ms": 5, "hop_ms": 5}, 20, 20),
    ],
)
def test_windows_are_in_samples(settings, window, hop):
    config = AudioConfig(**settings)
    assert (config.window, config.hop) == (window, hop)


def test_frames_overlap():
    with pytest.raises(pydantic.ValidationError, match=r"window_ms must be at least hop_ms, which is 10, not 9\.5"):
        AudioConfig(window_ms=9.5)


def test_a_mask_does_not_hide_all_frequencies():
    with pytest.raises(pydantic.ValidationError, match="frequency_width must be less than mels, which is 12, not 12"):
        AudioConfig(mels=12, frequency_width=12)
    assert AudioConfig(mels=12, frequency_width=11).frequency_width == 11


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rate", 3999),
        ("rate", 96000),
        ("mels", 7),
        ("window_ms", 4.9),
        ("window_ms", float("nan")),
        ("hop_ms", 1.9),
        ("filters", 0),
        ("frequency_masks", -1),
        ("frequency_width", 257),
        ("time_masks", 11),
        ("time_width", 1001),
    ],
)
def test_bad_settings_of_sound_name_their_key(key, value):
    with pytest.raises(pydantic.ValidationError) as caught:
        AudioConfig(**{key: value})
    assert [error["loc"] for error in caught.value.errors()] == [(key,)]


def test_cannot_change_afterwards():
    config = Seq2SeqModelConfig()
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        config.units = 7


def test_survives_json():
    config = Seq2SeqModelConfig(cell="gru", attention="none", units=6, tied=False)
    assert Seq2SeqModelConfig.model_validate_json(config.model_dump_json()) == config
