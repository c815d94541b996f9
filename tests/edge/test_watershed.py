"""Which shapes are split is known from how they are drawn."""

import numpy as np
import pytest

from edge.watershed import split_touching

ROWS, COLUMNS = np.mgrid[:60, :90]


def disc(row: float, column: float, radius: float) -> np.ndarray:
    return np.hypot(ROWS - row, COLUMNS - column) <= radius


def ellipse(row: float, column: float, long: float, short: float, angle: float) -> np.ndarray:
    across = (COLUMNS - column) * np.cos(angle) + (ROWS - row) * np.sin(angle)
    along = (ROWS - row) * np.cos(angle) - (COLUMNS - column) * np.sin(angle)
    return (across / long) ** 2 + (along / short) ** 2 <= 1


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 5.5, 8, 13, 21, 29])
@pytest.mark.parametrize("place", [(30, 40), (29.5, 40.3), (0, 40), (59, 89)])
def test_one_disc_stays_one(radius, place):
    mask = disc(*np.round(place), radius) if radius < 1 else disc(*place, radius)
    np.testing.assert_array_equal(split_touching(mask), mask)


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 7))
@pytest.mark.parametrize("short", [3, 6, 12])
def test_one_ellipse_stays_one(angle, short):
    mask = ellipse(30, 45, 27, short, angle)
    np.testing.assert_array_equal(split_touching(mask), mask)


@pytest.mark.parametrize("shape", [(1, 30), (2, 30), (30, 2), (20, 20), (21, 40), (7, 50)])
def test_a_rectangle_stays_one(shape):
    mask = np.zeros((60, 90), bool)
    mask[5 : 5 + shape[0], 6 : 6 + shape[1]] = True
    np.testing.assert_array_equal(split_touching(mask), mask)


@pytest.mark.parametrize("radii", [(10, 10), (12, 7), (6, 6), (8, 5)])
@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 9))
def test_two_touching_discs_become_two(radii, angle):
    """Their distance is 0.88 of the sum of radii; each pixel belongs to the disc that is alone there."""
    one = np.array([30.0, 45.0]) - 0.44 * sum(radii) * np.array([np.sin(angle), np.cos(angle)])
    other = np.array([30.0, 45.0]) + 0.44 * sum(radii) * np.array([np.sin(angle), np.cos(angle)])
    first, second = disc(*one, radii[0]), disc(*other, radii[1])
    found = split_touching(first | second)
    assert set(np.unique(found)) == {0, 1, 2}
    np.testing.assert_array_equal(found > 0, first | second)
    own = [found[round(row), round(column)] for row, column in (one, other)]
    assert set(own) == {1, 2}
    for each, mine, others in ((own[0], first, second), (own[1], second, first)):
        alone = mine & ~others
        assert (found[alone] == each).mean() > 0.97


def test_three_in_a_row_and_one_apart():
    mask = disc(20, 15, 9) | disc(20, 31, 9) | disc(20, 47, 9) | disc(50, 75, 8)
    found = split_touching(mask)
    assert found.max() == 4
    assert [found[20, 15], found[20, 31], found[20, 47], found[50, 75]] == [1, 2, 3, 4]


def test_numbers_are_in_reading_order():
    found = split_touching(disc(40, 30, 10) | disc(25, 38, 10) | disc(10, 80, 4))
    firsts = [np.flatnonzero(found == each)[0] for each in range(1, found.max() + 1)]
    assert found.max() == 3 and firsts == sorted(firsts)


def test_a_ring_stays_one_and_its_hole_empty():
    mask = disc(30, 45, 20) & ~disc(30, 45, 10)
    np.testing.assert_array_equal(split_touching(mask), mask)


def test_nothing_and_everything():
    assert not split_touching(np.zeros((4, 5), bool)).any()
    assert (split_touching(np.ones((4, 5), bool)) == 1).all()
    assert split_touching(np.ones((1, 1), bool)).tolist() == [[1]]
