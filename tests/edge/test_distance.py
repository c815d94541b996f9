import numpy as np
import pytest

from edge.distance import distance_transform

RANDOM = np.random.default_rng(4)


def brute_force(mask: np.ndarray) -> np.ndarray:
    """Each pixel beside every background pixel."""
    rows, columns = np.nonzero(~mask)
    places = np.indices(mask.shape)
    return np.hypot(places[0][..., None] - rows, places[1][..., None] - columns).min(axis=-1)


@pytest.mark.parametrize("shape", [(1, 9), (9, 1), (20, 31), (33, 16)])
@pytest.mark.parametrize("density", [0.5, 0.9, 0.99])
def test_beside_brute_force(shape, density):
    mask = RANDOM.random(shape) < density
    mask[0, 0] = False
    np.testing.assert_allclose(distance_transform(mask), brute_force(mask), rtol=1e-6)


def test_a_single_background_pixel_in_a_corner():
    mask = np.ones((40, 25), bool)
    mask[39, 0] = False
    np.testing.assert_allclose(distance_transform(mask), brute_force(mask), rtol=1e-6)


def test_nothing_and_everything():
    assert (distance_transform(np.zeros((3, 4), bool)) == 0).all()
    assert np.isinf(distance_transform(np.ones((3, 4), bool))).all()
