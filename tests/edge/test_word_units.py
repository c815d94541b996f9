"""Words, and the attention between them."""

import numpy as np
import pytest

from edge.word_units import token_spans, unit_attention, word_units


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  ", []),
        ("¿Dónde está?", ["¿", "Dónde", "está", "?"]),
        ("3.14 km, it's", ["3.14", "km", ",", "it's"]),
        ("... -", ["...", "-"]),
        ("हिन्दी है।", ["हिन्दी", "है", "।"]),
    ],
)
def test_words(text, words):
    assert [text[start:end] for start, end in word_units(text, [])] == words


def test_words_are_split_at_tags_and_unspaced_scripts_at_tokens():
    assert word_units("unodos tres", [], {3, 6, 7}) == [(0, 3), (3, 6), (7, 11)]
    assert word_units("你好世界", [(0, 2), (2, 4)]) == [(0, 2), (2, 4)]


def test_tokens_are_found():
    assert token_spans("uno  dos.", ["▁uno", "▁do", "s", "."]) == [(0, 3), (5, 7), (7, 8), (8, 9)]
    # One that normalization or the vocabulary has changed stands between the others.
    assert token_spans("uno ⁇ tres", ["▁uno", "<unk>", "▁tres"]) == [(0, 3), (3, 6), (6, 10)]
    assert token_spans("①", ["▁1"]) == [(0, 1)]
    assert token_spans("", ["▁a", "b"]) == [(0, 0), (0, 0)]


def test_attention_of_words_is_the_mean_of_target_tokens_and_the_sum_of_source_tokens():
    attention = np.array([[0.5, 0.3, 0.2], [0.1, 0.3, 0.6], [0, 0, 1]], np.float32)
    read = [(0, 1), (1, 2)], [(0, 2)]
    written = [(0, 2), (2, 4)], [(0, 4)]
    # The last column and the last row are of EOS.
    assert unit_attention(attention, read, written) == pytest.approx(np.array([[0.6]]))


def test_without_attention_words_belong_together_by_position():
    read, written = ([], [(0, 1), (2, 3), (4, 5), (6, 7)]), ([], [(0, 1), (2, 3)])
    assert unit_attention(None, read, written) == pytest.approx(np.array([[0.5, 0.5, 0, 0], [0, 0, 0.5, 0.5]]))
