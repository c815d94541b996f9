"""A small corpus of short everyday sentences with a closed vocabulary, for the demo."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from pipelines.data.pairs import Pair, normalise


class Everyday(NamedTuple):
    """The pairs chosen, and how many different words the two sides of `train` have."""

    train: list[Pair]
    valid: list[Pair]
    test: list[Pair]
    source_types: int
    target_types: int


def everyday_subset(
    train: Iterable[Pair],
    valid: Iterable[Pair],
    test: Iterable[Pair],
    *,
    max_words: int = 7,
    source_types: int = 2000,
    target_types: int = 1200,
    min_count: int = 2,
) -> Everyday:
    """Choose the short pairs whose words are all frequent.

    The vocabulary comes from `train` alone: valid and test have no word that the chosen training pairs lack.

    Args:
        train: Pairs to choose from for training.
        valid: The same for validation; as in test, each source is kept once.
        test: The same for test.
        max_words: The most words that a side may have.
        source_types: Keep the pairs made of this many most frequent source words of the short training pairs.
        target_types: The same for the target side.
        min_count: How often a word of valid and test occurs in the chosen training pairs, at least.

    Returns:
        The subset, in the order given.
    """
    short = [pair for pair in train if all(1 <= len(words(side)) <= max_words for side in pair[:2])]
    sources = _most_frequent(_count(pair[0] for pair in short), source_types)
    targets = _most_frequent(_count(pair[1] for pair in short), target_types)
    kept = [pair for pair in short if _within(pair, sources, targets)]

    source_counts, target_counts = _count(pair[0] for pair in kept), _count(pair[1] for pair in kept)
    sources = {word for word, count in source_counts.items() if count >= min_count}
    targets = {word for word, count in target_counts.items() if count >= min_count}

    def held_out(pairs: Iterable[Pair]) -> list[Pair]:
        by_source: dict[str, Pair] = {}
        for pair in pairs:
            if all(1 <= len(words(side)) <= max_words for side in pair[:2]) and _within(pair, sources, targets):
                by_source.setdefault(normalise(pair[0]), pair)
        return list(by_source.values())

    return Everyday(kept, held_out(valid), held_out(test), len(source_counts), len(target_counts))


def words(text: str) -> list[str]:
    """Split a sentence into words, without case and punctuation.

    Args:
        text: A sentence.

    Returns:
        Its words; an apostrophe or hyphen inside one belongs to it.
    """
    return re.findall(r"[^\W_]+(?:['’-][^\W_]+)*", text.casefold())


def _count(texts: Iterable[str]) -> Counter[str]:
    return Counter(word for text in texts for word in words(text))


def _most_frequent(counts: Counter[str], number: int) -> set[str]:
    """Ties are broken by the alphabet, so that the choice does not hang on the order of the pairs."""
    return set(sorted(counts, key=lambda word: (-counts[word], word))[:number])


def _within(pair: Pair, sources: set[str], targets: set[str]) -> bool:
    return sources.issuperset(words(pair[0])) and targets.issuperset(words(pair[1]))
