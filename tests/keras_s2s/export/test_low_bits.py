import numpy as np
import pytest
import tensorflow as tf

from edge.runtime import Flatbuffer
from keras_s2s.export.low_bits import integers_of, quantize_weights
from keras_s2s.export.tflite import convert

ROWS, WIDTH = 40, 32
RANDOM = np.random.default_rng(4)
EMBEDDING, KERNEL = (RANDOM.normal(size=shape).astype("float32") for shape in ((ROWS, WIDTH), (WIDTH, 50)))


@pytest.fixture(scope="module")
def flatbuffer() -> bytes:
    """Looks rows up, multiplies them with a kernel, and with the embedding that they came from."""

    @tf.function(input_signature=[tf.TensorSpec((None,), tf.int32, name="token")])
    def run(token: tf.Tensor) -> dict[str, tf.Tensor]:
        rows = tf.gather(EMBEDDING, token)
        return {"rows": rows, "products": rows @ KERNEL, "logits": tf.matmul(rows, EMBEDDING, transpose_b=True)}

    return convert({"run": run.get_concrete_function()})


def rounded(weights: np.ndarray, bits: int) -> np.ndarray:
    """Rows rounded on their own."""
    scale = np.abs(weights).max(axis=1, keepdims=True) / (2 ** (bits - 1) - 1)
    return np.rint(weights / scale) * scale


@pytest.mark.parametrize("bits, lookup_bits", [(4, 4), (4, 8), (8, 8)])
def test_lookups_and_products(flatbuffer, load, bits, lookup_bits):
    small = quantize_weights(flatbuffer, bits, lookup_bits)
    found = load(small).call("run", {"token": np.array([3, 39, 0], np.int32)})
    embedding, kernel = rounded(EMBEDDING, lookup_bits), rounded(KERNEL.T, bits).T
    rows = embedding[[3, 39, 0]]
    np.testing.assert_allclose(found["rows"], rows, atol=1e-5)
    # Rows are rounded to 8 bits on the way into a product.
    step = np.abs(rows).max() / 127
    np.testing.assert_allclose(found["products"], rows @ kernel, atol=step * np.abs(kernel).sum(0).max() / 4)
    np.testing.assert_allclose(found["logits"], rows @ embedding.T, atol=step * np.abs(embedding).sum(1).max() / 4)
    stored = EMBEDDING.size * lookup_bits / 8 + KERNEL.size * bits / 8
    overhead = len(flatbuffer) - 4 * (EMBEDDING.size + KERNEL.size)
    assert len(small) - stored < overhead + 20 * (ROWS + 50) + 1000


def test_rows_of_zeros_and_of_an_odd_size():
    integers, scales = integers_of(np.array([[0.0, 0.0, 0.0], [1.4, -0.3, 0.1]], "float32"), 4)
    np.testing.assert_array_equal(integers, [[0, 0, 0], [7, -2, 0]])
    np.testing.assert_allclose(scales, [1.0, 0.2])


def test_small_matrices_stay_as_they_are(toy):
    # An embedding of 12 rows, among others.
    float_, small = (toy.flatbuffer("gru", "luong", quantize) for quantize in ("none", "int4"))
    assert len(small) < len(float_) / 3


def test_the_flatbuffer_is_read_by_the_runtime(flatbuffer, tmp_path):
    path = tmp_path / "model.tflite"
    path.write_bytes(quantize_weights(flatbuffer, 4, 4))
    assert set(Flatbuffer(path).description()) == {"run"}
