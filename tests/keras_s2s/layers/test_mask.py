import keras
import numpy as np

from keras_s2s.layers.mask import HalvedMask, LengthMask, PaddingMask


def test_true_where_a_token_is_not_padding():
    mask = PaddingMask()(np.array([[5, 3, 0], [0, 1, 0]], np.int32))
    np.testing.assert_array_equal(mask, [[True, True, False], [False, True, False]])


def test_output_is_known_to_be_boolean():
    mask = PaddingMask()(keras.Input((None,), dtype="int32"))
    assert (mask.dtype, mask.shape) == ("bool", (None, None))


def test_a_position_is_real_if_its_first_unit_is():
    lengths, positions = np.array([0, 1, 4, 5, 8, 9, 12], np.int32), np.zeros((7, 3, 2), "float32")
    mask = LengthMask(4)(lengths, positions)
    np.testing.assert_array_equal(np.sum(mask, axis=1), [0, 1, 1, 2, 2, 3, 3])
    np.testing.assert_array_equal(mask[3], [True, True, False])
    longer = LengthMask(4, more=2)(lengths, np.zeros((7, 5), "float32"))
    np.testing.assert_array_equal(np.sum(longer, axis=1), [2, 3, 3, 4, 4, 5, 5])


def test_of_two_neighbours_the_first_one_counts():
    mask = np.arange(5) < np.array([[1], [2], [3], [4], [5]])
    np.testing.assert_array_equal(np.sum(HalvedMask(1)(mask), axis=1), [1, 1, 2, 2, 3])
    np.testing.assert_array_equal(np.sum(HalvedMask(2)(mask), axis=1), [1, 1, 1, 1, 2])
    np.testing.assert_array_equal(HalvedMask(2)(mask), HalvedMask(1)(HalvedMask(1)(mask)))


def test_masks_of_positions_are_known_to_be_boolean():
    lengths, positions = keras.Input((), dtype="int32"), keras.Input((None, 7))
    mask = LengthMask(4)(lengths, positions)
    assert (mask.dtype, mask.shape) == ("bool", (None, None))
    halved = HalvedMask(2)(mask)
    assert (halved.dtype, halved.shape) == ("bool", (None, None))


def test_config_makes_the_same_layers():
    length, halved = (
        keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        for layer in (LengthMask(640, more=3), HalvedMask(2))
    )
    assert (length.stride, length.more, halved.times) == (640, 3, 2)
