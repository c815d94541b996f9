import numpy as np
import pytest

from edge.search.top import candidates, log_normalizer


@pytest.mark.parametrize("vocabulary", [6, 63, 64, 65, 1000, 8000, 8191])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("count", [1, 2, 10])
def test_begins_as_sorting_everything(vocabulary, rows, count):
    random = np.random.default_rng(vocabulary)
    # Rounded, so that some are equal.
    logits = random.normal(size=(7, rows, vocabulary)).astype(np.float32).round(2)
    offsets = random.normal(size=(7, rows)).round(2)
    everything = (logits + offsets[:, :, None]).reshape(7, -1)
    order = np.argsort(-everything, axis=1, kind="stable")[:, :count]
    for sums, best, found in zip(everything, order, candidates(logits, offsets, count), strict=True):
        assert [(row * vocabulary) + column for _, row, column in found[:count]] == best.tolist()
        np.testing.assert_allclose([total for total, *_ in found[:count]], sums[best], rtol=1e-6)
        assert len(found) >= min(count, vocabulary * rows)


def test_what_is_impossible_is_no_candidate():
    logits = np.full((1, 2, 500), -np.inf, np.float32)
    logits[0, 0, 499], logits[0, 0, 3], logits[0, 1, 250] = 1.0, 2.0, 0.0
    assert candidates(logits, np.zeros((1, 2)), 4) == [[(2.0, 0, 3), (1.0, 0, 499), (0.0, 1, 250)]]
    assert candidates(logits, np.array([[-np.inf, 0.5]]), 1) == [[(0.5, 1, 250)]]
    assert candidates(logits, np.array([[-np.inf, -np.inf]]), 1) == [[]]


def test_log_normalizer_of_large_logits():
    logits = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))
    np.testing.assert_allclose(log_normalizer(logits + 1e4), [1e4, 1e4], rtol=1e-9)
    np.testing.assert_allclose(log_normalizer(logits), [0, 0], atol=1e-12)
