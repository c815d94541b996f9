"""Tones instead of words: what was said, and when, is known; see `tone_model.py`."""

import itertools
import tracemalloc

import numpy as np
import pytest

from edge.control import Control
from edge.errors import UserError
from edge.recognizer import Recognizer
from edge.search.options import SearchOptions
from edge.transcript import Transcript

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
GREEDY = SearchOptions()


def sentence(count: int, gap: float = 0.15, start: float = 0.5, length: float = 0.4) -> list[tuple[str, float, float]]:
    """Different words one after the other, so many seconds apart."""
    return [
        (WORDS[(place * 7) % 10], start + place * (length + gap), start + place * (length + gap) + length)
        for place in range(count)
    ]


def text(words: list[tuple[str, float, float]]) -> str:
    return " ".join(word for word, _, _ in words)


def check_times(transcript: Transcript, words: list[tuple[str, float, float]], within: float = 0.1) -> None:
    assert [word.text for word in transcript.words] == [word for word, _, _ in words]
    found = np.array([(word.start, word.end) for word in transcript.words])
    assert np.abs(found - [(start, end) for _, start, end in words]).max() <= within, found


@pytest.fixture
def recognizer(tones):
    return Recognizer(tones.components(tones.model()))


class TestWhole:
    """Recordings that are not split."""

    @pytest.mark.parametrize("noise", [0.0, 0.02])
    @pytest.mark.parametrize("gap", [0.12, 0.3, 0.9])
    def test_words_with_times(self, recognizer, tones, noise, gap):
        words = sentence(5, gap)
        found = recognizer.transcribe(tones.say(words, 8.0, noise), tones.rate)
        assert found.text == text(words) and len(found.segments) == 1
        check_times(found, words)
        assert all(0.8 < word.confidence <= 1 for word in found.words) and 0.8 < found.confidence <= 1
        assert (found.segments[0].start, found.segments[0].end) == (found.words[0].start, found.words[-1].end)

    @pytest.mark.parametrize(
        "options", [GREEDY, SearchOptions(beam=5), SearchOptions(beam=3, ctc_weight=1.0), SearchOptions(ctc_weight=0.0)]
    )
    @pytest.mark.parametrize("model", [{}, {"ctc": False}, {"attention": False}, {"ctc": False, "attention": False}])
    def test_models_with_ctc_and_attention_or_less(self, tones, options, model):
        words = sentence(4, gap=0.3)
        found = Recognizer(tones.components(tones.model(**model))).transcribe(
            tones.say(words, 4.0), tones.rate, options
        )
        assert found.text == text(words)
        if model != {"ctc": False, "attention": False}:
            check_times(found, words)

    def test_without_silence_words_end_where_the_next_begins(self, recognizer, tones):
        words = sentence(6, gap=0.0)
        check_times(recognizer.transcribe(tones.say(words, 4.0), tones.rate), words)

    def test_forms_of_audio(self, recognizer, tones):
        words = sentence(3)
        audio = tones.say(words, 3.0)
        stereo = np.stack([audio, audio], axis=1)
        integers = np.rint(audio * 32767).astype(np.int16)
        found = [recognizer.transcribe(each, tones.rate) for each in (audio, stereo, integers, integers[:, None])]
        assert {each.text for each in found} == {text(words)}
        assert found[0] == found[1]

    def test_another_rate_is_resampled(self, recognizer, tones):
        pytest.importorskip("soxr")
        words = sentence(3)
        audio = np.repeat(tones.say(words, 3.0), 2)
        found = recognizer.transcribe(audio, 2 * tones.rate)
        assert found.text == text(words)
        check_times(found, words)

    @pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 3.0, 25.0])
    @pytest.mark.parametrize("offset", [0.0, 0.2])
    def test_silence_does_not_ask_the_model(self, tones, seconds, offset):
        model = tones.model()
        sound = np.full(round(seconds * tones.rate), offset, np.float32)
        found = Recognizer(tones.components(model)).transcribe(sound, tones.rate)
        assert (found.text, found.words, found.segments, found.confidence) == ("", [], [], 1.0)
        assert model.lengths == []

    def test_noise_does_not_ask_the_model(self, tones):
        model = tones.model()
        noise = tones.say([], 20.0, noise=0.05)
        assert Recognizer(tones.components(model)).transcribe(noise, tones.rate).text == ""
        assert model.lengths == []

    def test_a_model_that_says_nothing(self, recognizer, tones):
        """Sound that is loud and no word."""
        sound = 0.3 * np.sign(np.sin(np.arange(tones.rate) * 2 * np.pi * 150 / tones.rate)).astype(np.float32)
        silence = np.zeros(tones.rate, np.float32)
        found = recognizer.transcribe(np.concatenate([silence, sound, silence]), tones.rate)
        assert found.text == "" and found.segments == []

    def test_values_that_are_no_samples(self, recognizer, tones):
        for audio in (np.full(8000, np.nan, np.float32), np.zeros((2, 2, 2)), np.zeros(8, complex)):
            with pytest.raises(UserError):
                recognizer.transcribe(audio, tones.rate)


class TestControl:
    """What is asked for beside the sound."""

    def test_n_best(self, recognizer, tones):
        words = sentence(3)
        found = recognizer.n_best(tones.say(words, 3.0), tones.rate, SearchOptions(beam=4, n_best=3))
        assert len(found) == 3 and found[0].text == text(words)
        assert len({each.text for each in found}) == 3
        assert found[0].score > found[1].score >= found[2].score

    def test_suppressed(self, recognizer, tones):
        words = [("one", 0.5, 0.9), ("two", 1.1, 1.5)]
        found = recognizer.transcribe(tones.say(words, 2.0), tones.rate, control=Control(suppressed=["two"]))
        assert "two" not in found.text.split() and found.text.startswith("one")

    def test_prefix_and_required(self, recognizer, tones):
        audio = tones.say([("one", 0.5, 0.9), ("two", 1.1, 1.5)], 2.0)
        assert recognizer.transcribe(audio, tones.rate, control=Control("ten ")).text.startswith("ten")
        required = recognizer.transcribe(audio, tones.rate, control=Control(required=["six"]))
        assert "six" in required.text.split()

    def test_what_cannot_be_met_names_the_place(self, recognizer, tones):
        control = Control(required=["six"], suppressed=["six"])
        with pytest.raises(UserError, match=r"^sound at 0\.0 s: no transcript meets the constraints \(required 'six'"):
            recognizer.transcribe(tones.say([("one", 0.5, 0.9)], 2.0), tones.rate, control=control)

    @pytest.mark.parametrize("control", [Control("one "), Control(required=["two"])])
    def test_what_is_of_the_whole_needs_a_recording_that_is_read_whole(self, recognizer, tones, control):
        audio = tones.say(sentence(30), 18.0)
        for transcribe in (
            lambda: recognizer.transcribe(audio, tones.rate, control=control),
            lambda: list(recognizer.stream([audio], control=control)),
        ):
            with pytest.raises(UserError, match="is of the whole, and sound of more than 10 seconds is split"):
                transcribe()
        with pytest.raises(UserError, match="is of the whole, and a phrase is not"):
            recognizer.stream([audio], control=control, live=True)


class TestGreedyCtc:
    def test_it_needs_no_decoder(self, tones):
        words = sentence(4)
        recognizer = Recognizer(tones.components(tones.model(decoder=False)))
        found = recognizer.transcribe(tones.say(words, 4.0), tones.rate, greedy_ctc=True)
        assert found.text == text(words)
        check_times(found, words)
        assert found.words[0].confidence == pytest.approx(0.95, abs=1e-3)
        assert found.score == pytest.approx(4 * np.log(0.95), abs=1e-3)

    def test_it_needs_ctc(self, tones):
        recognizer = Recognizer(tones.components(tones.model(ctc=False)))
        with pytest.raises(UserError, match="has no CTC"):
            recognizer.transcribe(tones.say(sentence(2), 2.0), tones.rate, greedy_ctc=True)

    @pytest.mark.parametrize("asked", [{"options": GREEDY}, {"control": Control("one")}])
    def test_it_has_no_search(self, recognizer, tones, asked):
        with pytest.raises(UserError, match="decoding with CTC alone is greedy"):
            recognizer.transcribe(tones.say(sentence(2), 2.0), tones.rate, greedy_ctc=True, **asked)


class TestLong:
    """Recordings that are longer than the model reads."""

    @pytest.mark.parametrize("gap", [0.2, 0.7, 2.5])
    @pytest.mark.parametrize("noise", [0.0, 0.02])
    def test_split_at_silence(self, tones, gap, noise):
        model, words = tones.model(), sentence(40, gap)
        seconds = words[-1][2] + 1.0
        found = Recognizer(tones.components(model, 6.0)).transcribe(tones.say(words, seconds, noise), tones.rate)
        assert found.text == text(words)
        check_times(found, words)
        assert len(found.segments) > 3 and max(model.lengths) <= 6 * tones.rate
        assert [segment.text for segment in found.segments] == [
            text([(word.text, 0, 0) for word in segment.words]) for segment in found.segments
        ]

    @pytest.mark.parametrize("length", [0.2, 0.35, 0.53])
    def test_overlap_where_there_is_no_silence(self, tones, length):
        model, words = tones.model(), sentence(100, gap=0.0, length=length)
        audio = tones.say(words, words[-1][2] + 0.5)
        found = Recognizer(tones.components(model, 6.0)).transcribe(audio, tones.rate)
        assert found.text == text(words)
        check_times(found, words)
        # Some seconds were read twice.
        assert sum(model.lengths) > 1.2 * len(audio)

    def test_overlap_of_a_word_that_is_said_again_and_again(self, tones):
        """Its repetitions look alike: only times tell them apart."""
        words = [("one", start, start + 0.25) for start in np.arange(0.5, 30.0, 0.33)]
        found = Recognizer(tones.components(tones.model(), 6.0)).transcribe(tones.say(words, 31.0), tones.rate)
        check_times(found, words)

    def test_n_best_of_parts(self, tones):
        words = sentence(20, gap=0.7)
        recognizer = Recognizer(tones.components(tones.model(), 6.0))
        found = recognizer.n_best(tones.say(words, 25.0), tones.rate, SearchOptions(beam=4, n_best=2))
        assert len(found) == 2 and found[0].text == text(words) != found[1].text
        assert len(found[0].segments) == len(found[1].segments) > 1


class TestAll:
    def test_many_at_once_are_as_one_by_one(self, recognizer, tones):
        """Lengths from 0.2 s to longer than the model reads, and silence among them."""
        recordings = [tones.say(sentence(count, start=0.1), 0.2 + 0.6 * count) for count in (3, 1, 40, 7, 2, 5, 4)]
        recordings[2:2] = [np.zeros(4000, np.float32)]
        found = recognizer.transcribe_all(recordings)
        assert [each.text for each in found] == [text(sentence(count)) for count in (3, 1)] + [""] + [
            text(sentence(count)) for count in (40, 7, 2, 5, 4)
        ]
        for each, recording in zip(found, recordings, strict=True):
            alone = recognizer.transcribe(recording, tones.rate)
            assert [(word.text, word.start, word.end) for word in each.words] == [
                (word.text, word.start, word.end) for word in alone.words
            ]
            assert each.score == pytest.approx(alone.score, abs=1e-5)

    def test_nothing(self, recognizer):
        assert recognizer.transcribe_all([]) == []


class TestStream:
    @pytest.mark.parametrize("seconds", [0.05, 1.0, 100.0])
    @pytest.mark.parametrize("count", [4, 50])
    def test_segments_are_those_of_the_recording(self, recognizer, tones, seconds, count):
        audio = tones.say(sentence(count, gap=0.3), count * 0.7 + 1)
        size = round(seconds * tones.rate)
        blocks = (audio[start : start + size] for start in range(0, len(audio), size))
        assert list(recognizer.stream(blocks)) == recognizer.transcribe(audio, tones.rate).segments

    def test_live_phrases_come_when_they_end(self, recognizer, tones):
        """Two phrases, 2 s apart: the first one is there before the second has begun."""
        words = [*sentence(3), *sentence(2, start=4.5)]
        audio, heard = tones.say(words, 7.0, noise=0.001), []

        def blocks():
            for start in range(0, len(audio), 800):
                heard.append(start / tones.rate)
                yield audio[start : start + 800]

        stream = recognizer.stream(blocks(), live=True)
        assert next(stream).text == text(words[:3])
        assert words[2][2] < heard[-1] < words[3][1]
        last = next(stream)
        assert last.text == text(words[3:]) and heard[-1] < 7.0
        assert last.start == pytest.approx(4.5, abs=0.1)
        assert next(stream, None) is None

    def test_twenty_minutes_in_bounded_memory(self, tones):
        """As float32 they are 38 MB; a fraction of it is used at a time."""
        minute = tones.say(sentence(90, gap=0.2), 60.0, noise=0.002)
        recognizer = Recognizer(tones.components(tones.model()), batch=2)
        tracemalloc.start()
        try:
            found = recognizer.stream(itertools.repeat(minute, 20), greedy_ctc=True)
            words = sum(len(segment.words) for segment in found)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert words == 20 * 90
        assert peak < 12e6, peak
