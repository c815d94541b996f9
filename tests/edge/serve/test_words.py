"""Attention from pieces to words, by hand."""

import numpy as np

from edge.serve.words import explain_words
from edge.translation import Translation


def translation(target: list[str], attention: list[list[float]] | None) -> Translation:
    source = ["▁ca", "sa", "▁ro", "ja", "</s>"]
    weights = None if attention is None else np.array(attention)
    return Translation("", 0.0, source, target, [0.0] * len(target), weights)


def test_pieces_of_a_word_look_together():
    attention = [[0.1, 0.1, 0.3, 0.4, 0.1], [0.5, 0.2, 0.1, 0.0, 0.2], [0.3, 0.4, 0.1, 0.1, 0.1], [0, 0, 0, 0, 1]]
    told = explain_words(["▁ca", "sa", "▁ro", "ja"], translation(["▁red", "▁hou", "se", "</s>"], attention))
    assert told == {
        "source": ["casa", "roja"],
        "target": ["red", "house"],
        # house: the mean of 0.7 and 0.7, and of 0.1 and 0.2.
        "attention": [[0.2, 0.7], [0.7, 0.15]],
    }


def test_an_unknown_word_is_shown_as_it_stands():
    told = explain_words(["▁ca", "sa", "▁ρό", "ja"], translation(["▁house"], [[1.0, 0, 0, 0, 0]]))
    assert told["source"] == ["casa", "ρόja"] and told["target"] == ["house"]


def test_scripts_without_spaces_stay_apart():
    assert explain_words(["▁ca", "sa", "▁ro", "ja"], translation(["▁红", "房子"], None)) == {
        "source": ["casa", "roja"],
        "target": ["红", "房子"],
        "attention": None,
    }
