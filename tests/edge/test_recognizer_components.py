"""Opening a bundle; what its network computes is no matter here."""

import json

import pytest

from edge.bundle import read_bundle
from edge.errors import UserError
from edge.recognizer import Recognizer
from edge.recognizer_components import open_recognizer_components
from edge.static_step import StaticStep

SPEECH = {
    "task": "speech",
    "audio": {"rate": 16000, "position_ms": 40.0},
    "limits": {"max_samples": 160_000, "max_target_length": 60},
}


@pytest.fixture
def speech(bundle, seal):
    """Writes the toy bundle's manifest as that of a speech bundle."""

    def write(**changed: object):
        seal(bundle, json.loads((bundle / "manifest.json").read_bytes()) | SPEECH | changed)
        return bundle

    return write


def test_a_bundle(speech):
    found = open_recognizer_components(read_bundle(speech()), 2)
    assert (found.rate, found.position_seconds, found.max_samples, found.max_target_length) == (
        16000,
        0.04,
        160_000,
        60,
    )
    assert found.target.decode(found.target.encode("one two")) == "one two"
    assert not isinstance(found.step, StaticStep)
    assert Recognizer(speech()).rate == 16000


def test_the_length_of_phrases(speech):
    assert open_recognizer_components(read_bundle(speech())).phrase_samples == 160_000
    limits = {**SPEECH["limits"], "phrase_samples": 40_000}
    assert open_recognizer_components(read_bundle(speech(limits=limits))).phrase_samples == 40_000


def test_static_shapes(speech):
    assert isinstance(open_recognizer_components(read_bundle(speech(static=True))).step, StaticStep)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"task": "translation"}, "is for translation, not for speech"),
        ({"audio": None}, "audio.rate is None, not a positive number"),
        ({"audio": {"rate": 0, "position_ms": 40.0}}, "audio.rate is 0, not a positive number"),
        ({"audio": {"rate": True, "position_ms": 40.0}}, "audio.rate is True"),
        ({"audio": {"rate": 16000}}, "audio.position_ms is None"),
        ({"audio": {"rate": 16000, "position_ms": "40"}}, "audio.position_ms is '40'"),
        ({"limits": {"max_target_length": 60}}, "limits.max_samples is None"),
        ({"limits": {**SPEECH["limits"], "phrase_samples": 0}}, "limits.phrase_samples is 0, not a positive number"),
        ({"tokenizers": {"source": "source.model"}}, "tokenizers.target is None"),
    ],
)
def test_what_is_missing_is_named(speech, changed, message):
    with pytest.raises(UserError, match=message):
        Recognizer(speech(**changed))
