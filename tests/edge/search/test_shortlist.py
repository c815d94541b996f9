"""A search over a shortlist of the vocabulary."""

import pytest
from searches import SEARCHES, SOURCES, search

from edge.search.constraints import Constraints
from edge.search.options import SearchOptions


@pytest.mark.parametrize("options", SEARCHES)
@pytest.mark.parametrize("seed", range(5))
def test_a_full_vocabulary_is_no_shortlist(random_step, short_step, seed, options):
    whole = search(random_step(seed, vocabulary=12), SOURCES, 12, options)
    short = search(short_step(seed, 12, range(12)), SOURCES, 12, options)
    for one, other in zip(whole, short, strict=True):
        assert [hypothesis.tokens for hypothesis in one] == [hypothesis.tokens for hypothesis in other]


@pytest.mark.parametrize("options", SEARCHES)
@pytest.mark.parametrize("suppressed", [(), (10,), (5, 11)])
def test_a_shortlist_is_the_vocabulary(random_step, short_step, options, suppressed):
    """The same as suppressing everything else, but for the scores, which are of what is left."""
    listed = [0, 1, 2, 3, 5, 6, 8]
    rest = tuple(token for token in range(12) if token not in listed)
    step = short_step(3, 12, listed)
    for found in search(step, SOURCES, 12, options, Constraints(suppressed=suppressed)):
        for hypothesis in found:
            assert set(hypothesis.tokens) <= set(listed) - set(suppressed)
    if not options.temperature:
        plain = SearchOptions()
        short = search(step, SOURCES, 12, plain, Constraints(suppressed=suppressed))
        whole = search(random_step(3, vocabulary=12), SOURCES, 12, plain, Constraints(suppressed=rest + suppressed))
        assert [found[0].tokens for found in short] == [found[0].tokens for found in whole]
