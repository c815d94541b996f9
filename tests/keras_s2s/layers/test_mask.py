import keras
import numpy as np

from keras_s2s.layers.mask import PaddingMask


def test_true_where_a_token_is_not_padding():
    mask = PaddingMask()(np.array([[5, 3, 0], [0, 1, 0]], np.int32))
    np.testing.assert_array_equal(mask, [[True, True, False], [False, True, False]])


def test_output_is_known_to_be_boolean():
    mask = PaddingMask()(keras.Input((None,), dtype="int32"))
    assert (mask.dtype, mask.shape) == ("bool", (None, None))
