"""What is decided before the search has ended."""

import pytest
from searches import SEARCHES, SOURCE, follow, search

from edge.errors import UserError
from edge.search.constraints import Constraints
from edge.search.options import SearchOptions


@pytest.mark.parametrize("options", [*SEARCHES, SearchOptions(beam=4), SearchOptions(beam=4, groups=2)])
def test_what_is_decided_only_grows_and_ends_as_the_result(random_step, options):
    early = 0
    for seed in range(8):
        step, told = random_step(seed, vocabulary=12), []
        for paths in follow(step, [SOURCE], 12, options):
            if paths.sentences:
                decided = paths.decided(0)
                assert decided[: len(told)] == told
                told = decided
                early += bool(told) and not paths.ended[0]
        assert paths.results[0][0].tokens[: len(told)] == told
    # Sampled and different sentences have little in common.
    assert early or options.temperature or options.groups > 1


def test_nothing_is_decided_where_nothing_is_possible(random_step):
    impossible = Constraints(required=((4, 4),))
    options = SearchOptions(beam=2, no_repeat_ngram=1)
    steps = list(follow(random_step(1), [SOURCE], 8, options, impossible))
    assert steps[-1].results == {0: []}
    with pytest.raises(UserError, match="no translation of sentence 1 meets the constraints; use a larger --beam"):
        search(random_step(1), [SOURCE], 8, options, impossible)
