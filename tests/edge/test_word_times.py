import numpy as np
import pytest

from edge.word_times import word_times


@pytest.mark.parametrize(
    ("anchors", "speech", "expected"),
    [
        pytest.param([], [(0.0, 1.0)], [], id="no words"),
        pytest.param([(0.5, 0.54)], [(0.2, 0.9)], [(0.2, 0.9)], id="a word is what stands between silences"),
        pytest.param([(0.5, 0.54), (1.5, 1.54)], [(0.2, 0.9), (1.3, 1.8)], [(0.2, 0.9), (1.3, 1.8)], id="two words"),
        pytest.param([(0.4, 0.5), (0.7, 0.8)], [(0.2, 0.9)], [(0.2, 0.6), (0.6, 0.9)], id="no silence between"),
        pytest.param([(0.2, 0.3), (1.5, 1.6)], [(0.0, 2.0)], [(0.0, 0.6), (1.2, 2.0)], id="far apart in noise"),
        pytest.param([(3.0, 3.1)], [(0.0, 9.0)], [(2.4, 3.7)], id="alone in noise"),
        pytest.param([(1.1, 1.14)], [(0.5, 1.0)], [(0.5, 1.0)], id="a token behind its sound"),
        pytest.param([(0.4, 0.44)], [(0.5, 1.0)], [(0.5, 1.0)], id="a token before its sound"),
        pytest.param([(2.0, 2.1)], [(0.5, 1.0)], [(2.0, 2.1)], id="a token far from any sound"),
        pytest.param([(0.4, 0.5)], [], [(0.4, 0.5)], id="no sound"),
        pytest.param(
            [(0.5, 0.54), (1.5, 1.54)],
            [(0.2, 0.9), (1.0, 1.1), (1.3, 1.8)],
            [(0.2, 0.9), (1.3, 1.8)],
            id="a noise between two words belongs to neither",
        ),
        pytest.param(
            [(0.5, 0.54), (0.54, 0.58)], [(0.2, 0.9)], [(0.2, 0.54), (0.54, 0.9)], id="tokens next to each other"
        ),
    ],
)
def test_words(anchors, speech, expected):
    assert np.array(word_times(anchors, speech)) == pytest.approx(np.array(expected))


def test_times_ascend_whatever_is_given():
    random = np.random.default_rng(1)
    for _ in range(300):
        edges = np.sort(random.uniform(0, 5, 2 * random.integers(0, 6)))
        places = np.sort(random.uniform(0, 5, 2 * random.integers(1, 6)))
        times = word_times(places.reshape(-1, 2).tolist(), edges.reshape(-1, 2).tolist())
        assert (np.diff(np.array(times).reshape(-1)) >= -1e-9).all(), (places, edges, times)
