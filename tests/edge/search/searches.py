"""Sources, ways to search, and a search over sources of token IDs."""

from collections.abc import Iterator, Sequence

from edge.encoding import encode_tokens
from edge.search.options import SearchOptions
from edge.search.paths import Paths
from edge.search.search import follow as follow_encoded
from edge.search.search import search as search_encoded
from edge.search.step import Hypothesis
from edge.tokenizer import EOS

SOURCE = [4, 5, EOS]


SOURCES = [[4, 5, EOS], [7, EOS], [8, 9, 10, 4, EOS], [EOS], [4, 4, 6, EOS]]


SCORES = {
    "none": lambda log_probability, length: log_probability,
    "wu": lambda log_probability, length: log_probability / ((5 + length) / 6) ** 0.6,
    "average": lambda log_probability, length: log_probability / length,
}


SEARCHES = [
    SearchOptions(),
    SearchOptions(beam=3, n_best=3),
    SearchOptions(beam=4, n_best=2, length_penalty="average", coverage_penalty=0.2),
    SearchOptions(beam=4, n_best=4, groups=2),
    SearchOptions(temperature=1.0, n_best=3, seed=5),
    SearchOptions(temperature=0.7, n_best=2, top_k=5, top_p=0.9),
    SearchOptions(beam=3, no_repeat_ngram=2, min_length=4, max_ratio=3.0),
]


def search(step, sources: Sequence[Sequence[int]], *arguments: object) -> list[list[Hypothesis]]:
    return search_encoded(step, encode_tokens(step, sources), *arguments)


def follow(step, sources: Sequence[Sequence[int]], *arguments: object) -> Iterator[Paths]:
    return follow_encoded(step, encode_tokens(step, sources), *arguments)


def appears(phrase: tuple[int, ...], tokens: list[int]) -> bool:
    return any(tuple(tokens[start : start + len(phrase)]) == phrase for start in range(len(tokens)))
