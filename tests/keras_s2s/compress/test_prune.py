import itertools

import keras
import numpy as np
import pytest

from keras_s2s.compress.prune import Pruning
from keras_s2s.compress.tfmot import ConstantSparsity, PolynomialDecay


def zeros(weights: np.ndarray) -> int:
    return int((weights == 0).sum())


def test_a_plain_model_is_pruned_by_the_schedule(train):
    callback = Pruning(PolynomialDecay(0.0, 0.75, begin_step=0, end_step=10, frequency=5))
    for weights in train(callback, batches=4).values():
        assert zeros(weights) == 0
    assert not callback.reached
    for weights in train(callback, batches=20).values():
        assert zeros(weights) == 0.75 * weights.size
    assert callback.reached


def test_what_is_pruned_stays_pruned_without_the_schedule_saying_so_again(train):
    before = train(Pruning(ConstantSparsity(0.5, begin_step=0, end_step=1, frequency=1)))
    # As a training that goes on, with everything lost but the weights.
    after = train(Pruning(PolynomialDecay(0.0, 0.5, begin_step=0, end_step=1000, frequency=1)))
    for path, weights in before.items():
        np.testing.assert_array_equal(weights == 0, after[path] == 0)
        assert np.any(weights != after[path])


def test_a_sparse_network_is_ready_before_its_schedule_is(train):
    train(Pruning(ConstantSparsity(0.5, begin_step=0, frequency=1)), batches=2)
    again, more = (Pruning(PolynomialDecay(0.0, share, begin_step=100, end_step=200)) for share in (0.5, 0.6))
    train(again, batches=1)
    train(more, batches=1)
    assert again.reached and not more.reached


def test_the_smallest_weights_go(model, train):
    model.optimizer.learning_rate = 0.0
    before = [np.array(each.value) for each in model.trainable_variables if len(each.shape) > 1]
    after = train(Pruning(ConstantSparsity(0.5, begin_step=0, frequency=1)), batches=2).values()
    for old, new in zip(before, after, strict=True):
        assert np.abs(old[new == 0]).max() < np.abs(old[new != 0]).min()
        np.testing.assert_array_equal(old[new != 0], new[new != 0])


def test_special_schedules(train):
    half, most = (ConstantSparsity(share, begin_step=0, frequency=1) for share in (0.5, 0.875))
    weights = train(Pruning(half, {"hidden/*": most, "*": half}))
    assert {path: zeros(each) / each.size for path, each in weights.items()} == {
        "embedding/embeddings": 0.5,
        "hidden/kernel": 0.875,
        "output/kernel": 0.5,
    }


def test_steps_may_be_left_out(train):
    # As when steps are thousandths of a training: 0, 7, 14 ... meet no multiple of 5 until 35, and the last is 21.
    steps = iter(range(0, 28, 7))
    callback = Pruning(PolynomialDecay(0.0, 0.5, begin_step=0, end_step=19, frequency=5), step=lambda: next(steps))
    for weights in train(callback, batches=4).values():
        assert zeros(weights) == 0.5 * weights.size
    assert callback.reached


def test_averages_are_pruned_as_the_weights_are(model, train):
    """At every validation, also at those between which the mask changes, and in the end."""
    model.compile(keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9), "mse")
    callback = Pruning(PolynomialDecay(0.0, 0.75, begin_step=12, end_step=48, frequency=4))
    seen, raw = [], []

    def look(found: list) -> None:
        found.append([(np.array(each.variable.value), each.sparsity) for each in callback.matrices])

    before = keras.callbacks.LambdaCallback(on_test_end=lambda _: look(seen))
    after = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: look(raw))
    averages = keras.callbacks.SwapEMAWeights()
    last = train(before, averages, callback, after, batches=16, epochs=4, validation_split=0.25)
    for (averaged, sparsity), (weights, _) in zip(*map(itertools.chain.from_iterable, (seen, raw)), strict=True):
        assert zeros(averaged) == round(sparsity * averaged.size)
        np.testing.assert_array_equal(averaged == 0, weights == 0)
        assert np.any(averaged != weights)
    shares = [1 - (1 - step / 30) ** 3 for step in (0, 10, 20, 30)]
    assert [each[0][1] for each in seen] == pytest.approx([0.75 * share for share in shares], abs=1e-6)
    for weights in last.values():
        assert zeros(weights) == 0.75 * weights.size


def test_a_matrix_that_begins_with_zeros_learns(model, train):
    kernel = model.get_layer("output").kernel
    kernel.assign(np.zeros(kernel.shape))
    train(Pruning(ConstantSparsity(0.5, begin_step=10, frequency=1)), batches=5)
    assert zeros(np.array(kernel.value)) == 0
    for weights in train(Pruning(ConstantSparsity(0.5, begin_step=10, frequency=1))).values():
        assert zeros(weights) == 0.5 * weights.size


@pytest.mark.parametrize("settings", [{"block": (4, 2)}, {"m_by_n": (2, 4)}])
def test_patterns(train, settings):
    weights = train(Pruning(ConstantSparsity(0.5, begin_step=0, frequency=1), **settings))["hidden/kernel"]
    used = weights != 0
    if "block" in settings:
        blocks = used.reshape(6, 4, 8, 2).sum(axis=(1, 3))
        assert set(np.unique(blocks)) == {0, 8} and (blocks == 0).sum() == 24
    else:
        # Two of each four inputs of every output.
        assert np.all(used.reshape(6, 4, 16).sum(axis=1) == 2)
