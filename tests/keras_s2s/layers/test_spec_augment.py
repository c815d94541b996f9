import keras
import numpy as np
import pytest

from keras_s2s.layers.spec_augment import SpecAugment

FEATURES, LENGTHS = 12, (50, 33, 7, 1)
MASK = np.arange(50) < np.array(LENGTHS)[:, None]
ONES = np.ones((4, 50, FEATURES), "float32")


@pytest.fixture(autouse=True)
def seed() -> None:
    keras.utils.set_random_seed(1)


def hidden(layer: SpecAugment, axis: int, times: int = 40) -> np.ndarray:
    """Whether positions (or features) are hidden wholly, `(times, batch, axis's size)`, in several passes."""
    outputs = np.array([layer(ONES, MASK, training=True) for _ in range(times)])
    assert {*np.unique(outputs)} <= {0.0, 1.0}
    return (outputs == 0).all(axis=2 if axis == 3 else 3)


def widths(rows: np.ndarray) -> list[int]:
    """How many are hidden in each row; they are next to each other."""
    for row in rows:
        places = np.flatnonzero(row)
        assert len(places) in (0, np.ptp(places) + 1 if len(places) else 0)
    return rows.sum(axis=1).tolist()


def test_nothing_is_hidden_but_in_training():
    layer = SpecAugment(2, 4, 2, 10)
    for outputs in (layer(ONES, MASK), layer(ONES, MASK, training=False)):
        np.testing.assert_array_equal(outputs, ONES)
    assert not np.array_equal(layer(ONES, MASK, training=True), ONES)


def test_without_masks_nothing_is_hidden():
    np.testing.assert_array_equal(SpecAugment(0, 4, 0, 10)(ONES, MASK, training=True), ONES)


def test_a_band_is_as_wide_as_allowed_at_most():
    rows = hidden(SpecAugment(1, 4, 0, 10), axis=3).reshape(-1, FEATURES)
    assert set(widths(rows)) == {0, 1, 2, 3, 4}
    # Everywhere: also at both ends.
    assert rows.any(axis=0).all()


def test_a_stretch_is_no_longer_than_its_width_and_its_share():
    rows = hidden(SpecAugment(0, 4, 1, 8), axis=2)
    # A fifth of 50, 33, 7 and 1 is 10, 6.6, 1.4 and 0.2.
    for row, longest in enumerate((8, 6, 1, 0)):
        assert set(widths(rows[:, row])) == set(range(longest + 1))


def test_stretches_are_within_the_sequence():
    rows = hidden(SpecAugment(0, 4, 1, 8), axis=2, times=80)
    for row, length in enumerate(LENGTHS[:3]):
        assert not rows[:, row, length:].any()
        assert rows[:, row, 0].any() and rows[:, row, length - 1].any()


def test_several_masks_hide_more_and_the_rest_stays():
    """The share is each mask's own. What is hidden is the same for all features, or for all positions."""
    inputs = np.random.default_rng(1).normal(size=ONES.shape).astype("float32")
    layer = SpecAugment(2, 3, 3, 8, time_share=1.0)
    hidden_positions = []
    for _ in range(40):
        outputs = np.asarray(layer(inputs, MASK, training=True))
        gone = outputs == 0
        np.testing.assert_array_equal(outputs[~gone], inputs[~gone])
        positions, features = gone.all(axis=2), gone.all(axis=1)
        np.testing.assert_array_equal(gone, positions[:, :, None] | features[:, None, :])
        assert features.sum(axis=1).max() <= 6 and positions.sum(axis=1).max() <= 24
        hidden_positions.append(positions[0].sum())
    assert max(hidden_positions) > 8


def test_examples_and_passes_differ():
    layer = SpecAugment(1, 4, 1, 8)
    ones, mask = np.ones((6, 50, FEATURES), "float32"), np.ones((6, 50), bool)
    passes = [np.asarray(layer(ones, mask, training=True)) for _ in range(2)]
    assert not np.array_equal(*passes)
    assert len({example.tobytes() for example in passes[0]}) > 1


def test_config_makes_the_same_layer():
    layer = SpecAugment(1, 2, 3, 4, time_share=0.5)
    again = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
    assert again.own_config == layer.own_config
