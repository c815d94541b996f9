from collections.abc import Callable, Iterator

import pytest
import tensorflow as tf

from keras_s2s.config import Seq2SeqModelConfig
from keras_s2s.export.operators import operators
from keras_s2s.export.signatures import seq2seq_signatures
from keras_s2s.export.tflite import QUANTIZATIONS, STATIC, convert
from keras_s2s.models.seq2seq import build_seq2seq
from keras_s2s.sources.tokens import TokenSource


# Static quantization is for images.
@pytest.mark.parametrize("quantize", [name for name in QUANTIZATIONS if name not in STATIC])
def test_built_in_operators_only(toy, check_operators, cell, attention, quantize):
    flatbuffer = toy.flatbuffer(cell, attention, quantize)
    check_operators(flatbuffer)
    if quantize == "int8":
        # From version 3 on weights may be integers: so they are.
        assert not {"FULLY_CONNECTED:1", "FULLY_CONNECTED:2"} & {*operators(flatbuffer)}


def test_per_channel_quantization_can_still_be_turned_off():
    converter = tf.lite.TFLiteConverter.from_concrete_functions([_identity()])
    name = "_experimental_disable_per_channel_quantization_for_dense_layers"
    assert getattr(converter, name, None) is False, f"keras_s2s/export/tflite.py sets {name}, which is no more"


def _identity() -> tf.types.experimental.ConcreteFunction:
    function = tf.function(lambda x: x + 1.0, input_signature=[tf.TensorSpec((1,), tf.float32)])
    return function.get_concrete_function()


@pytest.fixture(params=["bahdanau", "none"])
def sized(request: pytest.FixtureRequest) -> Iterator[tuple[Callable[[str], bytes], int]]:
    """Conversion of a network of a million weights, and the bytes that these are in float32."""
    config = Seq2SeqModelConfig(cell="lstm", attention=request.param, units=192, embedding=128)
    models = build_seq2seq(config, TokenSource(config, 2000), 2000)
    signatures = seq2seq_signatures(models, 8)
    # Yielded, not returned: graph functions do not keep the network's variables alive.
    yield lambda quantize: convert(signatures, quantize), 4 * models.training.count_params()


def test_three_signatures_store_the_weights_once(sized):
    flatbuffer, size = sized
    assert size > 4e6
    assert size < len(flatbuffer("none")) < 1.15 * size
    assert 0.5 < len(flatbuffer("float16")) / size < 0.6
    assert 0.25 < len(flatbuffer("int8")) / size < 0.32


def test_unknown_quantization_names_the_known_ones():
    with pytest.raises(ValueError, match="'int7'; known are none, float16, int8"):
        convert({}, "int7")
