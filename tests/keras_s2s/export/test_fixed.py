"""A constant matrix beside a variable: quantization is for the variable."""

import numpy as np
import pytest
import tensorflow as tf

from keras_s2s.export.fixed import fixed_matrices, is_fixed, restore
from keras_s2s.export.schema import schema, unpack
from keras_s2s.export.tflite import convert

RANDOM = np.random.default_rng(5)
# Like a filter bank: some columns have no more than a thousandth of the energy of others.
FILTERS = (RANDOM.uniform(size=(40, 32)) * np.logspace(-4, 0, 32)).astype("float32")
KERNEL = RANDOM.normal(size=(32, 48)).astype("float32")
INPUTS = RANDOM.uniform(size=(3, 40)).astype("float32")


class Filtered(tf.Module):
    """Products with a constant, in two functions, and with a variable; a bias, and a constant too small to matter."""

    def __init__(self) -> None:
        super().__init__()
        self.kernel = tf.Variable(KERNEL)
        spec = tf.TensorSpec((None, 40), tf.float32, name="x")
        self.functions = {
            name: tf.function(function, input_signature=[spec]).get_concrete_function()
            for name, function in (("bands", self.bands), ("outputs", self.outputs))
        }

    def bands(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"bands": x @ tf.constant(FILTERS)}

    def outputs(self, x: tf.Tensor) -> dict[str, tf.Tensor]:
        small = tf.constant(np.eye(32, dtype="float32")[:, :20])
        bands = x @ tf.constant(FILTERS)
        return {"outputs": bands @ self.kernel, "some": bands @ small}


@pytest.fixture(scope="module")
def module() -> Filtered:
    return Filtered()


def stored(flatbuffer: bytes) -> list[tuple[int, int, bytes]]:
    """Type, number of values and bytes of each stored matrix, each once."""
    model = unpack(flatbuffer)
    found = {
        (tensor.type, int(np.prod(tensor.shape)), bytes(model.buffers[tensor.buffer].data))
        for graph in model.subgraphs
        for tensor in graph.tensors
        if tensor.shape is not None and len(tensor.shape) == 2 and model.buffers[tensor.buffer].data is not None
    }
    return sorted(found)


def test_large_constants_are_found_and_variables_are_not(module):
    [found] = fixed_matrices(module.functions.values())
    np.testing.assert_array_equal(found, FILTERS)
    assert is_fixed(FILTERS, [found]) and is_fixed(FILTERS.T.copy(), [found])
    assert not is_fixed(KERNEL, [found]) and not is_fixed(FILTERS + 1e-7, [found])


@pytest.mark.parametrize(
    ("quantize", "kind"),
    [("int8", schema.TensorType.INT8), ("int4", schema.TensorType.INT4), ("mixed", schema.TensorType.INT4)],
)
def test_the_constant_keeps_its_bits_and_the_variable_is_quantized(module, load, quantize, kind):
    flatbuffer = convert(module.functions, quantize)
    matrices = stored(flatbuffer)
    # Once, although two signatures read it.
    assert [data for kind_, size, data in matrices if (kind_, size) == (schema.TensorType.FLOAT32, FILTERS.size)] == [
        FILTERS.T.tobytes()
    ]
    assert [kind_ for kind_, size, _ in matrices if size == KERNEL.size] == [kind]
    loaded = load(flatbuffer)
    bands = loaded.call("bands", {"x": INPUTS})["bands"]
    np.testing.assert_array_equal(bands, load(convert(module.functions)).call("bands", {"x": INPUTS})["bands"])
    np.testing.assert_allclose(bands, INPUTS @ FILTERS, rtol=1e-5)
    outputs = loaded.call("outputs", {"x": INPUTS})["outputs"]
    error = np.abs(outputs - INPUTS @ FILTERS @ KERNEL).max() / np.abs(outputs).max()
    assert 0 < error < 0.2


def test_8_bits_would_lose_the_quiet_columns(module):
    """Else there would be nothing to restore."""
    scale = np.abs(FILTERS).max() / 127
    assert (np.rint(FILTERS[:, :8] / scale) == 0).mean() > 0.9


def test_a_matrix_that_is_nowhere_is_an_error(module):
    flatbuffer = convert(module.functions, "int8")
    with pytest.raises(ValueError, match="constant matrix is not in the flatbuffer"):
        restore(flatbuffer, [FILTERS, FILTERS + 1.0])
    with pytest.raises(ValueError, match="constant matrix is not in the flatbuffer"):
        restore(flatbuffer, [FILTERS[:, ::-1].copy()])


def test_without_constants_nothing_changes(module):
    assert restore(b"anything", []) == b"anything"
