"""Error rates of transcripts against values worked out by hand."""

import pytest

from pipelines.tasks.speech.wer import alignment, score, word_errors

REFERENCES = ["one two three", "four", "five six"]
# One word substituted and one inserted; right but for white space; one word deleted.
HYPOTHESES = ["one too three tree", " four ", "six"]


def test_rates():
    scores = score(HYPOTHESES, REFERENCES)
    assert scores["wer"] == pytest.approx(100 * 3 / 6)
    # `w` for `o`, five characters of ` tree`; five of `five `.
    assert scores["cer"] == pytest.approx(100 * 11 / (13 + 4 + 8))
    assert scores["exact"] == pytest.approx(100 / 3)
    assert scores["recordings"] == 3
    assert "white space only" in scores["signatures"]["wer"]


def test_words_by_error():
    assert word_errors(HYPOTHESES, REFERENCES) == {"hits": 4, "substitutions": 1, "insertions": 1, "deletions": 1}


def test_case_and_punctuation_count():
    assert score(["One, two"], ["one two"])["wer"] == 50.0


def test_alignments():
    shown = alignment(HYPOTHESES, REFERENCES, 5)
    rows = [line.split() for line in shown.splitlines() if line.startswith(("REF", "HYP"))]
    assert rows == [
        ["REF:", "one", "two", "three", "****"],
        ["HYP:", "one", "too", "three", "tree"],
        ["REF:", "five", "six"],
        ["HYP:", "****", "six"],
    ]
    assert "five" not in alignment(HYPOTHESES, REFERENCES, 1)
    assert alignment(["one"], ["one"], 5) == "no errors"
