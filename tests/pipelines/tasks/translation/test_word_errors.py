"""Error rates of words against values computed by hand."""

import math

import pytest

from pipelines.data.pairs import PairReader
from pipelines.tasks.protocol import Metric
from pipelines.tasks.translation.text_scores import Example
from pipelines.tasks.translation.word_errors import by_chance, confusion_table, confusions, score
from pipelines.tasks.translation.word_scores import WordScores


def test_one_reference():
    # Right; one of three sounds wrong; one too many of two.
    scores = score([["K AE T"], ["D AO G"], ["AY S T"]], [["K AE T"], ["D AA G"], ["AY S"]], spaced=True)
    assert scores == {
        "wer": pytest.approx(200 / 3),
        "cer": pytest.approx(200 / 8),
        "exact": pytest.approx(100 / 3),
        "words": 3,
    }


def test_characters_are_symbols_where_they_are_not_separated():
    # walkked: one insertion; sung: one substitution and right length; the space counts.
    scores = score([["walkked"], ["sung"], ["a b"]], [["walked"], ["sang"], ["ab"]], spaced=False)
    assert scores["cer"] == pytest.approx(100 * 3 / (6 + 4 + 2)) and scores["wer"] == 100.0
    # Sounds of several letters are one symbol each only where they are separated.
    assert score([["T SH"]], [["T S"]], spaced=True)["cer"] == 50.0
    assert score([["T SH"]], [["T S"]], spaced=False)["cer"] == pytest.approx(100 / 3)


def test_any_reference_is_right_and_the_nearest_one_counts():
    found = [["B"], ["A B C"], ["A B C D"]]
    references = [["A", "B"], ["A X C Y", "A B D"], ["A B C D", "X"]]
    scores = score(found, references, spaced=True)
    # Wrong in one of three words, by one of 1 + 3 + 4 symbols.
    assert scores == {
        "wer": pytest.approx(100 / 3),
        "cer": pytest.approx(100 / 8),
        "exact": pytest.approx(200 / 3),
        "words": 3,
    }


def test_the_nearest_reference_is_that_of_the_lowest_rate():
    # One edit of two symbols (50 %), or two of ten (20 %).
    scores = score([["a b c d e f g h"]], [["a b c d e f g h i j", "a"]], spaced=True)
    assert scores["cer"] == 20.0


def test_more_errors_than_symbols():
    assert score([["A B C"]], [["D"]], spaced=True)["cer"] == 300.0
    assert score([[""]], [["a"]], spaced=False) == {"wer": 100.0, "cer": 100.0, "exact": 0.0, "words": 1}


def test_among_the_five_best():
    five = ["a", "b", "c", "d", "e", "f"]
    scores = score([five, five, five], [["a"], ["x", "e"], ["f"]], spaced=False)
    assert scores["exact"] == pytest.approx(100 / 3) and scores["exact@5"] == pytest.approx(200 / 3)
    assert "exact@5" not in score([["a", "b"]], [["b"]], spaced=False)


def test_text_is_compared_composed_and_without_extra_space():
    right = [["e\u0301"], ["\u1112\u1161\u11ab"], [" K  AE T "]]
    references = [["é"], ["한"], ["K AE T"]]
    assert score(right, references, spaced=False)["wer"] == 0.0
    # One syllable is one symbol, in whatever form it is written.
    assert score([["하"]], [["\u1112\u1161\u11ab"]], spaced=False)["cer"] == 100.0
    # Case counts: letters may be sounds.
    assert score([["N"]], [["n"]], spaced=False)["wer"] == 100.0


def test_confusions_by_hand():
    found = ["K AH T", "D AO", "AY S T", "K AH T"]
    references = [["K AE T"], ["D AO G"], ["AY S"], ["X Y Z", "K AE T"]]
    counts = confusions(found, references, spaced=True)
    assert counts == {("AE", "AH"): 2, ("G", ""): 1, ("", "T"): 1}
    assert confusion_table(counts).splitlines() == [
        "| reference | written | times |",
        "|---|---|---:|",
        "| AE | AH | 2 |",
        "| (none) | T | 1 |",
        "| G | (none) | 1 |",
    ]
    assert "| ␣ | \\| | 1 |" in confusion_table(confusions(["a|b"], [["a b"]], spaced=False))


def test_p_value():
    """McNemar's exact test: two-sided binomial tail of the words that only one of the models has right."""
    assert by_chance([True, False], [True, False]) == 1.0
    assert by_chance([True] * 6, [False] * 6) == pytest.approx(2 / 2**6)
    first, second = [True] * 9 + [False], [False] * 9 + [True]
    assert by_chance(first, second) == by_chance(second, first) == pytest.approx(2 * (1 + 10) / 2**10)


def test_lines_of_one_source_are_one_word(tmp_path):
    file = tmp_path / "test.tsv"
    file.write_text("read\tR EH D\ncat\tK AE T\nread\tR IY D\ndog\tD AO G\ncat\tK AE T\n")
    scores = WordScores(spaced=True)
    assert scores.examples(PairReader(file), 2) == [
        Example("read", ["R EH D", "R IY D"]),
        Example("cat", ["K AE T", "K AE T"]),
    ]
    asked = []

    def predict(texts):
        asked.extend(texts)
        return [["R IY D"] if text == "read" else ["K AE"] for text in texts]

    found = scores.score(predict, PairReader(file), None)
    assert asked == ["read", "cat", "dog"] and found["words"] == 3
    assert found["wer"] == pytest.approx(200 / 3) and found["cer"] == pytest.approx(100 * (1 + 3) / 9)
    assert scores.bench_input(PairReader(file), None) == "read\ncat\ndog"
    # Another model has one more right: nothing that chance would not do.
    compared = scores.compare(["R IY D", "K AE T", "D"], ["R IY D", "K AE", "D"], PairReader(file), None)
    assert (
        compared["p"] == 1.0
        and compared["same"] == pytest.approx(200 / 3)
        and "| AO | (none) | 1 |" in compared["notes"]
    )


def test_a_small_error_rate_that_rises_a_little_ruins_nothing():
    rate, quality = Metric("wer", "WER", larger_is_better=False, worst=100.0), Metric("bleu", "BLEU")
    assert rate.worse_by(3.0, 2.0) == pytest.approx(1 / 98)
    assert rate.worse_by(60.0, 50.0) == pytest.approx(0.2)
    assert rate.worse_by(1.0, 2.0) < 0
    assert rate.worse_by(100.0, 100.0) == 0.0 and math.isclose(quality.worse_by(40.0, 50.0), 0.2)
