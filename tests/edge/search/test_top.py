import numpy as np
import pytest

from edge.search.top import log_normalizer, top


@pytest.mark.parametrize("vocabulary", [6, 63, 64, 65, 1000, 8000, 8191])
@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("count", [1, 2, 10])
def test_same_as_sorting_everything(vocabulary, rows, count):
    count = min(count, vocabulary)
    random = np.random.default_rng(vocabulary)
    logits = random.normal(size=(7, rows, vocabulary)).astype(np.float32)
    offsets = random.normal(size=(7, rows))
    sums, places = top(logits, offsets, count)
    everything = (logits + offsets[:, :, None]).reshape(7, -1)
    expected = np.argsort(-everything, axis=1)[:, :count]
    np.testing.assert_array_equal(places, expected)
    np.testing.assert_array_equal(sums, np.take_along_axis(everything, expected, axis=1))


def test_what_is_impossible_comes_last():
    logits = np.full((1, 2, 500), -np.inf, np.float32)
    logits[0, 0, 499], logits[0, 0, 3], logits[0, 1, 250] = 1.0, 2.0, 0.0
    sums, places = top(logits, np.zeros((1, 2)), 4)
    assert places[0, :3].tolist() == [3, 499, 750]
    assert sums.tolist() == [[2.0, 1.0, 0.0, -np.inf]]
    sums, places = top(logits, np.array([[-np.inf, 0.0]]), 1)
    assert (sums.tolist(), places.tolist()) == ([[0.0]], [[750]])


def test_log_normalizer_of_large_logits():
    logits = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))
    np.testing.assert_allclose(log_normalizer(logits + 1e4), [1e4, 1e4], rtol=1e-9)
    np.testing.assert_allclose(log_normalizer(logits), [0, 0], atol=1e-12)
