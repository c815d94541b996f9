import math

import pytest

from pipelines.tasks.translation.bleu import score

SENTENCES = ["The cat sat on the mat.", "A dog barked at it all day.", "¿Dónde está la estación de tren?"]


def test_identical_is_a_hundred():
    scores = score(SENTENCES, SENTENCES)
    assert scores["bleu"] == pytest.approx(100)
    assert scores["chrf"] == pytest.approx(100)
    assert (scores["exact"], scores["sentences"]) == (100, 3)


def test_nothing_in_common_is_zero():
    scores = score(["x y z w", "q q q q"], ["a b c d", "e f g h"])
    assert (scores["bleu"], scores["chrf"], scores["exact"]) == (0, 0, 0)


def test_bleu_by_hand():
    """All n-grams are right, and one word of five is missing: the brevity penalty alone."""
    assert score(["a b c d"], ["a b c d e"])["bleu"] == pytest.approx(100 * math.exp(1 - 5 / 4))
    # Of the 1- to 4-grams 4 of 5, 3 of 4, 2 of 3 and 1 of 2 are right: the fourth root of their product, 1/5.
    assert score(["a b c d x"], ["a b c d e"])["bleu"] == pytest.approx(100 * (1 / 5) ** 0.25)


def test_bleu_is_of_the_corpus_not_a_mean_of_sentences():
    scores = score(["a b c d", "a b c d e f g h"], ["a b c d", "p q r s t u v w"])
    # 4 of 12, 3 of 10, 2 of 8, 1 of 6.
    assert scores["bleu"] == pytest.approx(100 * (4 / 12 * 3 / 10 * 2 / 8 * 1 / 6) ** 0.25)


def test_exact_ignores_case_and_white_space_only():
    hypotheses = ["THE cat sat on  the mat. ", "A dog barked at it all day", "¿Donde está la estación de tren?"]
    assert score(hypotheses, SENTENCES)["exact"] == pytest.approx(100 / 3)


def test_case_counts_for_bleu():
    assert score([SENTENCES[0].upper()], SENTENCES[:1])["bleu"] < 50


def test_signatures_say_what_was_measured():
    signatures = score(SENTENCES, SENTENCES)["signatures"]
    assert "tok:13a" in signatures["bleu"] and "nrefs:1" in signatures["bleu"] and "version:" in signatures["bleu"]
    assert "nc:6" in signatures["chrf"]


def test_an_empty_translation_is_a_translation():
    scores = score(["", SENTENCES[1]], SENTENCES[:2])
    assert scores["exact"] == 50 and 0 < scores["bleu"] < 100
