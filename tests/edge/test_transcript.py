import json
import math

import pytest

from edge.transcript import Segment, Transcript, Word, join_texts


def segment(text: str, start: float, scores: list[float]) -> Segment:
    words = [Word(word, start + place, start + place + 0.5, 0.9) for place, word in enumerate(text.split())]
    return Segment(text, words, start, start + len(words), sum(scores), scores)


def test_segments_together():
    one, none, other = segment("ab c", 1.0, [-0.1, -0.2]), segment("", 5.0, [-0.4]), segment("d", 9.0, [-0.3])
    found = Transcript.of([one, none, other])
    assert found.text == "ab c d" and found.segments == [one, other]
    assert [word.text for word in found.words] == ["ab", "c", "d"]
    assert found.confidence == pytest.approx(math.exp(-0.25)) and found.score == pytest.approx(-1.0)
    assert one.confidence == pytest.approx(math.exp(-0.15))


def test_nothing():
    assert Transcript.of([]) == Transcript("", 1.0, [], [])


def test_json():
    found = json.loads(json.dumps(Transcript.of([segment("ab c", 1.0004, [-0.1])]).as_json()))
    assert found == {
        "text": "ab c",
        "confidence": 0.9048,
        "segments": [
            {
                "text": "ab c",
                "confidence": 0.9048,
                "start": 1.0,
                "end": 3.0,
                "words": [
                    {"text": "ab", "start": 1.0, "end": 1.5, "confidence": 0.9},
                    {"text": "c", "start": 2.0, "end": 2.5, "confidence": 0.9},
                ],
            }
        ],
    }


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], ""),
        (["a", "b c"], "a b c"),
        (["", "a", "", "b"], "a b"),
        (["今日は", "いい天気"], "今日はいい天気"),
        (["今日は", "ok"], "今日は ok"),
        (["สวัสดี", "ครับ"], "สวัสดีครับ"),
        (["안녕", "하세요"], "안녕 하세요"),
    ],
)
def test_texts_together(texts, expected):
    assert join_texts(texts) == expected
