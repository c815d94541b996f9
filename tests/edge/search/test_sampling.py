"""Random sampling: its distribution, its limits and its seeds."""

import numpy as np
import pytest
from searches import SOURCE, SOURCES, search

from edge.encoding import encode_tokens
from edge.search.options import SearchOptions
from edge.search.search import search as search_encoded
from edge.search.step import Source
from edge.tokenizer import EOS


def test_samples_depend_on_the_seeds_and_on_nothing_else(random_step):
    step, options = random_step(5, vocabulary=12), SearchOptions(temperature=1.0, n_best=8, seed=3)
    (source,) = encode_tokens(step, [SOURCE])
    others = encode_tokens(step, SOURCES)

    def drawn(*sources: Source) -> list[list[int]]:
        return [hypothesis.tokens for hypothesis in search_encoded(step, sources, 12, options)[0]]

    assert drawn(source) == drawn(source, *others) == drawn(source._replace(seed=tuple(SOURCE)))
    assert drawn(source) != drawn(source._replace(seed=(7,)))


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_samples_have_the_models_distribution(random_step, temperature):
    """Chi-square of 4,000 first tokens and of the second ones after the most frequent first one."""
    step, draws = random_step(3, sharpness=1.0), 4000
    found = search(step, [SOURCE], 2, SearchOptions(temperature=temperature, n_best=draws, seed=1))[0]
    tokens = [(*hypothesis.tokens, EOS)[:2] for hypothesis in found]
    first = np.bincount([token[0] for token in tokens], minlength=6)
    assert chi_square(first, [step.log_probabilities(SOURCE, [token])[0] for token in range(6)], temperature) < LIMIT
    common = int(np.argmax(np.where(np.arange(6) == EOS, 0, first)))
    second = np.bincount([token[1] for token in tokens if token[0] == common], minlength=6)
    expected = [step.log_probabilities(SOURCE, [common, token])[1] for token in range(6)]
    assert chi_square(second, expected, temperature) < LIMIT


# The value that chi-square with five degrees of freedom passes once in a thousand.
LIMIT = 20.5


def chi_square(counts: np.ndarray, log_probabilities: list[float], temperature: float) -> float:
    weights = np.exp(np.array(log_probabilities) / temperature)
    expected = counts.sum() * weights / weights.sum()
    return float(((counts - expected) ** 2 / expected).sum())


def test_top_k_and_top_p_cut_the_tail(random_step):
    step = random_step(4, sharpness=1.0)
    probabilities = np.exp([step.log_probabilities(SOURCE, [token])[0] for token in range(6)])
    ranked = np.argsort(-probabilities)

    def drawn(**options: float) -> set[int]:
        found = search(step, [SOURCE], 1, SearchOptions(temperature=1.0, n_best=3000, **options))[0]
        return {(*hypothesis.tokens, EOS)[0] for hypothesis in found}

    assert drawn(top_k=1) == set(ranked[:1].tolist())
    assert drawn(top_k=3) == set(ranked[:3].tolist())
    share = float(probabilities[ranked[:3]].sum())
    assert drawn(top_p=share - 1e-3) == set(ranked[:3].tolist())
    assert drawn(top_p=share + 1e-3) == set(ranked[:4].tolist())
    assert drawn(top_p=1e-6) == set(ranked[:1].tolist())


def test_a_seed_repeats_and_another_one_differs(random_step):
    def texts(seed: int) -> list[list[int]]:
        options = SearchOptions(temperature=1.0, n_best=20, seed=seed)
        return [hypothesis.tokens for hypothesis in search(random_step(5), [SOURCE], 12, options)[0]]

    assert texts(1) == texts(1) != texts(2)
