"""The comparison of all forms of a network for sound: of one with random weights, and that it notices differences."""

import sys

import numpy as np
import pytest

from benchmarks.peers.edge_hypotheses import Found
from benchmarks.speech import make_untrained
from benchmarks.speech_parity import LENGTHS, TIE, Kind, compare, compare_runtimes, recordings_of_all_lengths
from pipelines.jobs.export import export

RATE = 8000
SMALL = """
    audio.rate=8000 audio.mels=20 audio.filters=2 model.units=16 model.embedding=8 model.layers=1
    train.max_length=8 train.precision=float32
"""
SETTINGS = SMALL.split()


def test_recordings_have_all_lengths_and_are_made_of_the_sounds():
    sounds = [np.full(1000 * number, number, np.float32) for number in (1, 2, 3)]
    made = recordings_of_all_lengths(sounds, RATE, 2)
    assert len(made) == 2 * len(LENGTHS)
    for number, (recording, seconds) in enumerate(zip(made, np.repeat(LENGTHS, 2), strict=True)):
        assert 0 <= len(recording) - seconds * RATE < RATE / 25
        assert recording[0] == number % 3 + 1
        # One sound after the other, whole but the last one.
        changes = np.flatnonzero(np.diff(recording)) + 1
        parts = np.split(recording, changes)
        assert all(len(part) == 1000 * part[0] for part in parts[:-1])


@pytest.mark.parametrize(
    ("found", "different", "tied"),
    [
        (Found([5, 6], -1.0), 0, 0),
        (Found([5, 7], -1.5), 1, 0),
        (Found([5, 7], -1.0 - TIE / 2), 0, 1),
        (Found([5, 7], -1.5, [-0.1, -0.2, -0.3]), 1, 0),
        (Found([5, 7], -1.5, [-0.1, -0.6 - TIE / 2, -0.3]), 0, 1),
        (Found([5], -1.5, [-0.1, -0.6]), 0, 1),
    ],
)
def test_hypotheses_that_differ(found, different, tied):
    kind = Kind("toy", strict=True)
    kind.add_hypothesis(found, Found([5, 6], -1.0, [-0.1, -0.6, -0.3]))
    assert (kind.compared, kind.different, kind.tied, kind.failed) == (1, different, tied, bool(different))


def test_only_strict_kinds_fail():
    for strict, difference in ((True, 2.0), (True, float("nan")), (False, 2.0)):
        kind = Kind("toy", strict)
        kind.add_difference(difference, 1.0)
        assert kind.different == 1 and kind.failed == strict
    assert Kind("nothing compared", strict=True).failed


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return make_untrained(tmp_path_factory.mktemp("untrained"), SETTINGS)


@pytest.fixture(scope="module")
def bundle(run, tmp_path_factory):
    export(run, tmp_path_factory.mktemp("float") / "float", "none")
    return next(tmp_path_factory.getbasetemp().glob("float*/float"))


@pytest.fixture(scope="module")
def sounds():
    random = np.random.default_rng(2)
    return [0.2 * random.standard_normal(length).astype(np.float32) for length in (1600, 2500, 4001, 9000)]


def test_forms_of_a_network_agree(run, bundle, sounds):
    kinds = list(compare(run, [bundle], sounds))
    found = {kind.what for kind in kinds}
    assert not any(kind.failed for kind in kinds), "\n".join(map(str, kinds))
    assert all(kind.compared == len(sounds) for kind in kinds)
    for form in ("Keras, in a batch", "SavedModel, alone", "SavedModel, in a batch", "float (float32), alone"):
        assert {f"{form}: features", f"{form}: encoder", f"{form}: decoder alone, greedy"} <= found
    for decoding in (
        "greedy CTC",
        "beam 1",
        "beam 5",
        "decoder alone, beam 5",
        "decoder alone, greedy, loop in the graph",
    ):
        assert f"float (float32), alone: {decoding}" in found
    # Two Fourier transforms are never quite the same.
    assert 0 < max(kind.largest for kind in kinds) < 1e-2


def test_other_weights_are_seen(bundle, sounds, tmp_path):
    other = make_untrained(tmp_path, [*SETTINGS, "audio.mels=24"])
    failed = [kind.what for kind in compare(other, [bundle], sounds[:2]) if kind.failed]
    assert "float (float32), alone: features" in failed and "float (float32), alone: encoder" in failed
    assert not any(what.startswith(("Keras", "SavedModel")) for what in failed)


def test_runtimes(bundle, sounds):
    """Here the other one is the same."""
    kinds = list(compare_runtimes(sys.executable, [bundle], sounds[:2]))
    assert {kind.what.partition(": ")[2] for kind in kinds} >= {"greedy CTC", "beam 5"}
    assert not any(kind.failed for kind in kinds) and {kind.largest for kind in kinds} == {0.0}
