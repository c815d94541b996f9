import itertools

import keras
import numpy as np
import pytest

from keras_s2s.compress.sensitivity import LEVELS, losses_by_sparsity, sparsity_by_sensitivity


def test_losses_are_those_of_one_pruned_matrix_and_weights_stay():
    first, second = np.arange(1.0, 21.0).reshape(4, 5), -np.arange(1.0, 41.0).reshape(8, 5)
    variables = [keras.Variable(first), keras.Variable(second)]
    losses = losses_by_sparsity(variables, lambda: -sum(float(np.abs(np.asarray(each)).sum()) for each in variables))
    kept = [1.0, *(1.0 - level for level in LEVELS)]
    # The largest of 1, 2, ..., n are left.
    sums = [[sum(range(size - round(share * size) + 1, size + 1)) for share in kept] for size in (20, 40)]
    whole = sums[0][0] + sums[1][0]
    expected = [[whole - row[0] + value for value in row] for row in sums]
    np.testing.assert_allclose(losses, -np.array(expected))
    np.testing.assert_array_equal(variables[0], first)
    np.testing.assert_array_equal(variables[1], second)


def test_the_sum_of_the_increases_is_the_smallest():
    """Compared with all combinations of levels that have as many zeros."""
    random, sizes, levels = np.random.default_rng(3), [100, 100, 300], (0.0, *LEVELS)
    for _ in range(20):
        # Convex costs, as those of pruning are; a straight line between levels.
        slopes = np.sort(random.uniform(0, 5, (3, len(LEVELS))), axis=1)
        costs = np.concatenate([np.zeros((3, 1)), np.cumsum(slopes * np.diff(levels), axis=1)], axis=1)
        combination = random.choice(len(levels), 3)
        sparsity = sum(levels[index] * size for index, size in zip(combination, sizes, strict=True)) / sum(sizes)
        shares = sparsity_by_sensitivity(sizes, 2.0 + costs, sparsity)
        assert np.dot(shares, sizes) / sum(sizes) == pytest.approx(sparsity, abs=0.002)
        found = sum(np.interp(share, levels, cost) for share, cost in zip(shares, costs, strict=True))
        for other in itertools.product(range(len(levels)), repeat=3):
            if sum(levels[index] * size for index, size in zip(other, sizes, strict=True)) >= sparsity * sum(sizes):
                assert found <= sum(cost[index] for cost, index in zip(costs, other, strict=True)) + 0.05


def test_all_that_can_be_asked_for_and_costs_that_are_chance():
    losses = np.array([[1.0, 0.9, 1.1, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
    assert sparsity_by_sensitivity([10, 30], losses, 0.95) == pytest.approx([0.95, 0.95])
    assert sparsity_by_sensitivity([10, 30], losses, 0.0) == [0.0, 0.0]
    # What costs nothing comes first: half of the first matrix, all of the second.
    losses = np.array([[1.0, 1.0, 5.0, 5.0, 5.0, 5.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]])
    assert sparsity_by_sensitivity([100, 100], losses, 0.725) == pytest.approx([0.5, 0.95])
