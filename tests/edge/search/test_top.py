import numpy as np
import pytest

from edge.search.top import log_normalizer, top


@pytest.mark.parametrize("vocabulary", [6, 63, 64, 65, 1000, 8000, 8191])
@pytest.mark.parametrize("count", [1, 2, 10])
def test_same_as_sorting_everything(vocabulary, count):
    count = min(count, vocabulary)
    logits = np.random.default_rng(vocabulary).normal(size=(7, vocabulary)).astype(np.float32)
    values, columns = top(logits, count)
    expected = np.argsort(-logits, axis=1, kind="stable")[:, :count]
    np.testing.assert_array_equal(columns, expected)
    np.testing.assert_array_equal(values, np.take_along_axis(logits, expected, axis=1))


def test_what_is_impossible_comes_last():
    logits = np.full((2, 500), -np.inf, np.float32)
    logits[0, 499], logits[0, 3], logits[1, 250] = 1.0, 2.0, 0.0
    values, columns = top(logits, 3)
    assert columns[0, :2].tolist() == [3, 499] and columns[1, 0] == 250
    assert values.tolist() == [[2.0, 1.0, -np.inf], [0.0, -np.inf, -np.inf]]


def test_log_normalizer_of_large_logits():
    logits = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))
    np.testing.assert_allclose(log_normalizer(logits + 1e4), [1e4, 1e4], rtol=1e-9)
    np.testing.assert_allclose(log_normalizer(logits), [0, 0], atol=1e-12)
