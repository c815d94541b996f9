"""Repetition in JavaScript beside Python's: what is a loop, and what comes instead of it."""

import itertools
import random

import numpy as np

from edge import SearchOptions
from edge.search.repetition import can_repeat, frequencies, in_a_row, repeats, too_frequent, words
from edge.tokenizer import EOS, Tokenizer
from edge.unspaced import _RANGES
from tests.edge.test_segment_decoder import LIMIT, WORDS, looping
from tests.web.test_tokenizer import train
from tests.web.test_translator import STATIC


def test_what_repeats_itself(node, tmp_path):
    """Random tokens, and the words of a tokenizer of many scripts."""
    draw = random.Random(1)

    def tokens() -> list[int]:
        return draw.choices(range(draw.randint(1, 5)), k=draw.randrange(25))

    cases = [
        {
            "source": tokens(),
            "target": tokens(),
            "most": draw.choices(range(1, 4), k=draw.randrange(5)),
            "more": draw.randrange(4),
        }
        for _ in range(500)
    ]
    begins = [token % 2 == 0 for token in range(5)]
    model = train(tmp_path, "unigram", byte_fallback=True)
    told = node("repetition.mjs", cases=cases, model=str(model))
    for case, found in zip(cases, told["found"], strict=True):
        source, target, more = case["source"], case["target"], case["more"]
        assert found["frequencies"] == list(frequencies(target))
        assert found["inARow"] == in_a_row(target)
        assert found["words"] == [list(word) for word in words(target, begins)]
        assert found["repeats"] == repeats(source, target, more)
        assert found["canRepeat"] == can_repeat(target, more)
        assert found["byWords"] == repeats(words(source, begins), words(target, begins), more)
        assert found["tooFrequent"] == sorted(too_frequent(target, case["most"]))
    assert told["begins"] == Tokenizer(model).begins_word
    assert [tuple(each) for each in told["unspaced"]] == list(_RANGES)


def test_loops_are_decoded_again(node, tmp_path):
    """Loops of words, and of characters in a word, by greedy search: a beam's hypotheses would be equally probable."""
    pairs = {
        (STATIC / "source.model", STATIC / "target.model"): (
            ["one", "one two", "one two three", "one one two", " ".join(WORDS[:7])],
            ["uno", "uno dos tres", "uno dos uno dos", "cinco " * 4],
        ),
        (train(tmp_path, "char"),) * 2: (["the ", "aaaa", "ab", "a b"], ["cat", "aaa", "the the", "cat dog"]),
    }
    for (source, target), (loops, texts) in pairs.items():
        tokenizer = Tokenizer(target)
        others = np.linspace(1.0, 0.0, len(tokenizer), dtype=np.float32)
        others[:EOS] = -20.0
        asked = [*itertools.product(loops, texts)]
        cases = [
            {
                "text": text,
                "tokens": tokenizer.encode(loop)[:-1],
                "others": others.tolist(),
                "limit": LIMIT,
            }
            for loop, text in asked
        ]
        found = node("loop.mjs", source=str(source), target=str(target), cases=cases)
        again = 0
        for (loop, text), (own,) in zip(asked, found, strict=True):
            translator = looping(_Pair(source, target), loop)
            assert own == translator.translate(text), (loop, text)
            again += own != translator.translate(text, SearchOptions(max_repeats=LIMIT))
        assert again > len(asked) / 2


class _Pair:
    """A folder with two tokenizers, wherever they are."""

    def __init__(self, source, target):
        self._files = {"source.model": source, "target.model": target}

    def __truediv__(self, name):
        return self._files[name]
