import numpy as np
import pytest

from edge.search.options import SearchOptions
from edge.search.penalties import coverage_penalty, length_penalty


def test_length_penalty_by_hand():
    wu = SearchOptions(length_penalty="wu", alpha=0.6)
    # 1 ** 0.6, 2 ** 0.6 and 5 ** 0.6.
    assert [length_penalty(length, wu) for length in (1, 7, 25)] == pytest.approx([1.0, 1.5157166, 2.6265278])
    assert length_penalty(7, SearchOptions(length_penalty="wu", alpha=0.0)) == 1.0
    assert length_penalty(7, SearchOptions(length_penalty="average")) == 7.0
    assert length_penalty(7, SearchOptions(length_penalty="none")) == 1.0
    np.testing.assert_allclose(length_penalty(np.array([1, 7]), wu), [1.0, 1.5157166], rtol=1e-6)


def test_coverage_penalty_by_hand():
    attention = np.array([[0.5, 0.5, 0.0], [0.75, 0.0, 0.25]])
    # Looked at 1.25, 0.5 and 0.25 times: log 1 + log 0.5 + log 0.25, times 0.2.
    assert coverage_penalty(attention, SearchOptions(coverage_penalty=0.2)) == pytest.approx(0.2 * np.log(0.125))
    # What was never looked at costs much, and not infinitely much.
    assert np.isfinite(coverage_penalty(np.zeros((2, 3)), SearchOptions(coverage_penalty=1.0)))
