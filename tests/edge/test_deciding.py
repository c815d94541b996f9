"""The first words of a transcript, with a model of tones: a step of its decoder is a word."""

import pytest

from edge.deciding import decide_words
from edge.search.options import SearchOptions
from edge.sound import Sound

WORDS = [("one", 0.5, 0.9), ("two", 1.1, 1.5), ("three", 1.7, 2.1)]


# A word is decided when the next one begins, with a beam when all hypotheses have it; the last step finds the end.
@pytest.mark.parametrize(("words", "steps"), [(1, 2), (2, 3), (3, 4), (float("inf"), 4)])
@pytest.mark.parametrize("beam", [1, 3])
def test_it_ends_when_the_words_are_decided(words, steps, beam, tones, monkeypatch):
    model, calls = tones.model(), []
    step = model.step
    monkeypatch.setattr(model, "step", lambda *given: (calls.append(1), step(*given))[1])
    decide_words(tones.components(model), Sound(tones.say(WORDS, 3.0)), SearchOptions(beam=beam), words)
    assert len(calls) == steps if beam == 1 else len(calls) >= steps
