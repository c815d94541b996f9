"""IBM model 1 on a toy language of which the translations are known."""

import numpy as np
import pytest

from edge.errors import UserError
from edge.tokenizer import EOS, Tokenizer
from pipelines.tasks.translation import lexicon
from pipelines.tasks.translation.lexicon import learn_shortlist


@pytest.fixture(scope="module")
def tokenizers(run) -> list[Tokenizer]:
    return [Tokenizer(run / f"{side}.model") for side in ("source", "target")]


@pytest.fixture(scope="module")
def train(toy) -> list[tuple[str, str]]:
    lines = (toy / "train.tsv").read_text(encoding="utf-8").splitlines()
    return [(source, target) for source, target in (line.split("\t") for line in lines)]


def test_each_word_has_its_translation_for_a_candidate(tokenizers, train, monkeypatch):
    monkeypatch.setattr(lexicon, "ALWAYS", 0)
    monkeypatch.setattr(lexicon, "LEAST", 0.5)
    source, target = tokenizers
    shortlist = learn_shortlist(train, source, target, 16)
    words = {word for sentence, _ in train for word in sentence.split()}
    pairs = [pair for sentence, other in train for pair in zip(sentence.split(), other.split(), strict=True)]
    translated = dict(pairs)
    assert len(words) >= 5
    for word in words:
        ids = source.encode(word)[:-1]
        found = set(shortlist.candidates([ids]).tolist()) - set(range(EOS + 1))
        assert found == set(target.encode(translated[word])[:-1]), word


def test_the_most_frequent_pieces_are_always_candidates(tokenizers, train, monkeypatch):
    monkeypatch.setattr(lexicon, "ALWAYS", 2)
    source, target = tokenizers
    counts = np.zeros(len(target), int)
    for left, right in train:
        if len(left.split()) < 3:
            np.add.at(counts, target.encode(right)[:-1], 1)
    # Two words and the end symbol: longer pairs do not count.
    always = learn_shortlist(train, source, target, 3).always
    assert sorted(counts[always]) == sorted(counts)[-2:]


def test_pairs_that_are_all_too_long(tokenizers, train):
    with pytest.raises(UserError, match="--shortlist: no pair has at most 1 tokens per sentence"):
        learn_shortlist(train, *tokenizers, 1)
