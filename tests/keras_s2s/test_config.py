import pydantic
import pytest

from keras_s2s.config import Seq2SeqModelConfig


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


def test_cannot_change_afterwards():
    config = Seq2SeqModelConfig()
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        config.units = 7


def test_survives_json():
    config = Seq2SeqModelConfig(cell="gru", attention="none", units=6, tied=False)
    assert Seq2SeqModelConfig.model_validate_json(config.model_dump_json()) == config
