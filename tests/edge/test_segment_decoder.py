"""Models that loop: what they would say without end is known."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import Control, SearchOptions, Translator
from edge.components import Components
from edge.search.repetition import frequencies
from edge.search.step import Encoded, Stepped
from edge.segment_decoder import SegmentDecoder
from edge.tokenizer import EOS, Tokenizer

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
LIMIT = 200


@dataclass
class Loop:
    """Says the same words again and again; after each of them it would rather say any other one than end."""

    target: Tokenizer
    words: str
    vocabulary: None = None

    def encode(self, source: np.ndarray) -> Encoded:
        memory = {"memory": np.zeros((*source.shape, 1), np.float32), "mask": np.ones(source.shape, np.float32)}
        return Encoded(memory, {"state_0": np.zeros((len(source), 1), np.float32)})

    def step(self, token: np.ndarray, encoded: Encoded) -> Stepped:
        tokens = self.target.encode(self.words)[:-1]
        place = encoded.states["state_0"][:, 0].astype(int)
        logits = np.tile(np.linspace(1.0, 0.0, len(self.target), dtype=np.float32), (len(place), 1))
        logits[:, :EOS] = -20.0
        logits[:, EOS] = np.where(place < 2, -20.0, 0.5)
        logits[np.arange(len(place)), np.array(tokens)[place % len(tokens)]] = 9.0
        return Stepped(logits, {"state_0": (place + 1)[:, None].astype(np.float32)}, None)


def looping(toy, words: str, **options: object) -> Translator:
    source, target = Tokenizer(toy / "source.model"), Tokenizer(toy / "target.model")
    return Translator(Components(Loop(target, words), source, target, 100, LIMIT), **options)


def spoken(text: str) -> tuple[int, ...]:
    return frequencies(text.split())


EVERY = [SearchOptions(), SearchOptions(beam=4), SearchOptions(beam=4, n_best=4), SearchOptions(temperature=0.5)]


@pytest.mark.parametrize(
    "words", ["one", "one two", "one two three", "one one two", "one two three four five six seven"]
)
@pytest.mark.parametrize("source", ["uno", "uno dos tres", "uno dos uno dos", "cinco cinco cinco cinco"])
@pytest.mark.parametrize("options", EVERY)
def test_a_loop_is_decoded_again(toy, words, source, options):
    allowed, longest = spoken(source), 16 + 4 * len(source.split())
    for found in looping(toy, words).n_best([source, source], options):
        assert found
        for translation in found:
            assert 0 < len(translation.text.split()) <= longest
            assert all(one <= other + 2 for one, other in zip(spoken(translation.text), allowed, strict=True))
    assert looping(toy, words).translate(source, options)


def test_no_repetition_remains_where_the_source_has_none(toy):
    """The second `one two` is blocked, so that what comes next in the vocabulary follows."""
    text = looping(toy, "one two").translate("uno dos tres")
    assert text.startswith("one two one ") and spoken(text)[:2] == (1, 1)
    assert (
        looping(toy, "one two").translate("uno dos tres", SearchOptions(max_repeats=90)) == "one two " * 13 + "one two"
    )


def test_words_that_only_the_target_has_come_again(toy):
    """What does not stand in a row comes as often as in a translation that is no loop: three times."""
    words = "one two three one two four one two five one two six"
    found = looping(toy, words).translate("uno dos tres cuatro", SearchOptions(max_length=12))
    assert found.startswith("one two three one two four one two five one ") and spoken(found)[1] == 3


def test_no_tokens_are_no_loop(toy):
    translator = looping(toy, "one")
    (segment,) = translator.components.reader.segments("uno")
    assert not SegmentDecoder(translator.components, generator=None).is_loop(segment, [], SearchOptions(max_repeats=0))


def test_what_the_source_repeats_may_be_repeated(toy):
    assert looping(toy, "one").translate("cinco " * 5, SearchOptions(max_length=5)) == "one one one one one"
    assert looping(toy, "one").translate("cinco", SearchOptions(max_length=3)) == "one one one"


def test_a_stream_does_not_loop(toy):
    for source, most in (("uno dos tres", 3), ("cinco cinco", 4)):
        for options in EVERY[:2]:
            text = "".join(looping(toy, "one").stream(source, options))
            assert 1 < len(text.split()) <= 16 + 4 * len(source.split())
            run, bigram, *_ = spoken(text)
            assert run <= most and bigram <= most


def test_with_a_cache_a_prefix_and_terms(toy):
    from edge import Glossary

    translator = looping(toy, "one two", cache=10)
    for _ in range(2):
        assert spoken(translator.translate("uno dos tres"))[1] == 1
    text = translator.translate("uno dos tres", control=Control(prefix="six six six six six "))
    assert text.startswith("six six six six six ")
    text = translator.translate("uno dos tres", control=Control(glossary=Glossary({"dos": "six"})))
    assert "six" in text.split() and spoken(text)[1] <= 3


def test_what_is_required_is_more_important(toy):
    required = "six seven six seven six seven six seven"
    text = looping(toy, "one two").translate("uno", SearchOptions(beam=4), Control(required=[required]))
    assert required in text
    streamed = looping(toy, "one two").stream("uno", SearchOptions(beam=4), Control(required=[required]))
    assert required in "".join(streamed)


def test_html_does_not_loop(toy):
    text = looping(toy, "one").translate_html("<b>uno</b> dos")
    assert text.count("one") <= 3


@settings(max_examples=60, deadline=None)
@given(
    words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=6),
    source=st.lists(st.sampled_from(["uno", "dos", "tres", "perro", "\U0001f600", "-"]), min_size=1, max_size=30),
)
def test_whatever_loops_and_whatever_is_read(toy, words, source):
    text = " ".join(source)
    translator = looping(toy, " ".join(words))
    read = translator.components.source.encode(text)[:-1]
    for options in EVERY[:2]:
        found = translator.translate(text, options)
        # A span that is carried over is required: that raises the limit.
        assert len(found.split()) <= 16 + 4 * len(read) + text.count("\U0001f600")
        if set(source) & {"uno", "dos", "tres"}:
            allowed = frequencies(read)
            assert all(one <= other + 2 for one, other in zip(spoken(found), allowed, strict=True))


def test_a_bundle_that_is_right_is_left_alone(each_toy, expected):
    """Its greedy loop in the flatbuffer, and the search."""
    translator = Translator(each_toy)
    for source, target in expected[:20]:
        assert translator.translate(source) == "".join(translator.stream(source)) == target
    for text in ("dos " * 14, "uno dos " * 7, "diez diez tres " * 4):
        run, *rest = spoken(translator.translate(text))
        allowed = spoken(text)
        assert run <= allowed[0] + 2 and all(one <= other + 2 for one, other in zip(rest, allowed[1:], strict=True))
